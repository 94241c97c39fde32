"""The settings file: found, read, and its paths made absolute."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.config.records import KeySource
from civicsns.config.settings import Settings, StoreAddress
from civicsns.config.structure import structure
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from civicsns.config.vault import WrapperSource


def load(path: Path) -> Settings:
    """
    Read and check a settings file; paths in it are relative to it.

    Raises:
        ConfigurationError: If the file cannot be read, is no TOML, or has an unknown, missing or wrong key.
    """
    place = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            Bilingual(
                f"設定ファイルを読めません（{error.strerror}）。",
                f"The settings file cannot be read ({error.strerror}).",
            ),
            mend=Bilingual("場所と権限を確かめてください。", "Check the path and its permissions."),
            place=place,
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            Bilingual("設定ファイルが UTF-8 ではありません。", "The settings file is not UTF-8."),
            mend=Bilingual("UTF-8 で保存し直してください。", "Save it as UTF-8."),
            place=place,
        ) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            Bilingual(f"TOML として読めません: {error}。", f"This is not TOML: {error}."),
            mend=Bilingual("示された行を直してください。", "Mend the line that it names."),
            place=place,
        ) from error
    base = path.parent.absolute()
    for name in ("programme", "enrolment"):
        if isinstance(tables.get(name), dict):
            tables[name] = _anchored(tables[name], base)
    settings = structure(Settings, tables, place=place)
    programme, policy = settings.programme, settings.policy
    records, signing = settings.records, settings.records.key
    if signing is not None and signing.path is not None:
        records = attrs.evolve(records, key=KeySource(path=base / signing.path))
    context, vault = settings.context, settings.vault
    if vault is not None:
        key, *previous = (_placed(source, base) for source in (vault.key, *vault.previous))
        vault = attrs.evolve(vault, key=key, previous=tuple(previous))
    return attrs.evolve(
        settings,
        records=records,
        vault=vault,
        policy=attrs.evolve(policy, overlay=base / policy.overlay if policy.overlay else None),
        context=attrs.evolve(
            context,
            shifts=base / context.shifts if context.shifts else None,
            elections=base / context.elections if context.elections else None,
        ),
        networks={name: _anchored(table, base) for name, table in settings.networks.items()},
        programme=attrs.evolve(
            programme,
            people=base / programme.people if programme.people else None,
            accounts=base / programme.accounts if programme.accounts else None,
            credentials=base / programme.credentials if programme.credentials else None,
            epoch=base / programme.epoch,
            store=StoreAddress(path=base / programme.store.path) if programme.store.path else programme.store,
        ),
    )


def _placed(source: WrapperSource, base: Path) -> WrapperSource:
    return attrs.evolve(source, path=base / source.path) if source.path else source


def _anchored(table: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Make the paths of `{ file = "…" }` relative to the settings file instead of to the process."""
    return {
        key: {"file": str(base / value["file"])}
        if isinstance(value, dict) and isinstance(value.get("file"), str) and len(value) == 1
        else value
        for key, value in table.items()
    }
