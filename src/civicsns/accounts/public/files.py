"""The files of the public register, for the city's own site."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from civicsns.accounts.public import data, notices, pages
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from civicsns.accounts.public.entry import PublicRegister

_PAGES: Final = {Language.JA: "index.html", Language.EN: "en.html"}
_TABLES: Final = {Language.JA: "accounts.csv", Language.EN: "accounts.en.csv"}
_FEEDS: Final = {Language.JA: "notices.xml", Language.EN: "notices.en.xml"}
_LINKED: Final = "accounts.jsonld"


def documents(register: PublicRegister) -> Mapping[str, bytes]:
    """
    Give all files of the register, by name; the same register gives the same bytes.

    Raises:
        ConfigurationError: If the settings do not say where the register stands, or the extra `web` is not installed.
    """
    if register.settings.url is None:
        raise ConfigurationError(
            Bilingual(
                "公開台帳を載せるアドレスが設定されていません。", "The settings do not say where the register stands."
            ),
            mend=Bilingual(
                '設定に [register] と url = "https://…/" を加えてください。',
                'Add a table [register] with url = "https://…/" to the settings.',
            ),
            place="register.url",
        )
    found: dict[str, bytes] = {}
    for language in Language:
        names = {
            "ja": _PAGES[Language.JA],
            "en": _PAGES[Language.EN],
            "csv": _TABLES[language],
            "jsonld": _LINKED,
            "atom": _FEEDS[language],
        }
        found[_PAGES[language]] = pages.page(register, language, names=names).encode()
        # Spreadsheets take a table without this mark for one in the encoding of their system.
        found[_TABLES[language]] = data.table(register, language).encode("utf-8-sig")
        found[_FEEDS[language]] = notices.feed(register, language, file=_FEEDS[language], page=_PAGES[language])
    found[_LINKED] = (json.dumps(data.linked(register), ensure_ascii=False, indent=2) + "\n").encode()
    return found


def write(made: Mapping[str, bytes], into: Path) -> list[str]:
    """
    Write files into a folder, each whole or not at all, and leave alone what is the same already.

    Args:
        made: The files, by name.
        into: The folder; made where it is missing.

    Returns:
        The names of the files that are new or have changed.

    Raises:
        ConfigurationError: If the folder cannot be written to.
    """
    changed: list[str] = []
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            path = into / name
            if path.is_file() and path.read_bytes() == content:
                continue
            beside = into / f".{name}.{os.getpid()}"
            try:
                beside.write_bytes(content)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            changed.append(name)
    except OSError as error:
        raise ConfigurationError(
            Bilingual(f"書き込めません（{error.strerror}）。", f"It cannot be written ({error.strerror})."),
            mend=Bilingual("場所と権限を確かめてください。", "Check the path and its permissions."),
            place=str(into),
        ) from error
    return changed
