"""A person's own file with the rules, which nobody else can read."""

from __future__ import annotations

import os
import stat
import tomllib
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.policy.personal.clocks import Clocks
from civicsns.policy.personal.rules import PersonalRules
from civicsns.policy.shifts import Hours

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

#: The largest file of rules, in bytes.
_LARGEST: Final = 100_000
_KEYS: Final = {
    "timezone": str,
    "quiet_hours": list,
    "calendar": str,
    "drinking": list,
    "sober_at": time,
    "cool_off_minutes": int,
    "anger": list,
    "stop_at": list,
}
#: What a person's file looks like; `civicsns mine init` writes it.
TEMPLATE: Final = """\
# 自分の決まり。あなただけのファイルです。市の設定・記録・ログには入りません。
# Your own rules. This file is yours alone: nothing of it reaches the city's settings, records or logs.

# この時間は投稿しない / No posts in these hours.
#quiet_hours = ["22:00-06:00"]

# 私用の予定表。飲み会の予定の後は、翌朝のこの時刻まで投稿しない
# A private calendar: after an evening with drink, no posts until this time of the morning.
#calendar = "~/private.ics"
#drinking = ["飲み会", "懇親会"]
#sober_at = 06:00:00

# 怒って返信するときは、この分数だけ待つ / Before answering in anger, wait so many minutes.
#cool_off_minutes = 15
#anger = ["ふざけるな"]

# この言葉を書いたら止める / Stop me at these words.
#stop_at = ["課長"]
"""


def parse(text: str, *, zone: tzinfo, home: Path | None = None, clocks: Path | None = None) -> PersonalRules:
    """
    Make a person's rules from the text of the file.

    Args:
        text: TOML, as in `TEMPLATE`.
        zone: The zone of the person's hours, where the text names none.
        home: What the calendar's path is relative to.
        clocks: Where beginnings of cool-offs are kept.

    Raises:
        ConfigurationError: If it is wrong; it names the key and quotes nothing.
    """
    made = _parsed(text, zone=zone, home=home or Path(), clocks=clocks)
    # Some reports of errors show what the variables of a function held.
    del text
    if isinstance(made, Bilingual):
        raise _refused(made)
    return made


def read(path: Path, *, zone: tzinfo) -> PersonalRules | None:
    """
    Read a person's own file; None where there is none.

    Args:
        path: The file; it must belong to whoever runs this, and be readable by nobody else.
        zone: The zone of the person's hours, where the file names none.

    Raises:
        ConfigurationError: If it is readable by others, cannot be read, or is wrong; it quotes nothing.
    """
    text, wrong = _own_text(path)
    if wrong is not None:
        raise _refused(wrong)
    if text is None:
        return None
    clocks = path.with_name(f"{path.stem}.clocks.json")
    made = _parsed(text, zone=zone, home=path.parent, clocks=clocks)
    del text
    if isinstance(made, Bilingual):
        raise _refused(made)
    return made


def create(path: Path) -> bool:
    """
    Write a file with all rules commented out, readable by its owner alone; False where there is one already.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    failed = False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        return False
    except OSError:
        failed = True
    if failed:
        raise _refused(Bilingual("ファイルを作れません。", "The file cannot be made."))
    return True


def _own_text(path: Path) -> tuple[str | None, Bilingual | None]:
    """Give the text of a person's own file, or why it is not read; neither where there is none."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077):
                return None, Bilingual(
                    "ほかの人も読めるか、ほかの人のファイルです（chmod 600 で自分だけにしてください）。",
                    "Others can read it, or it is not yours (chmod 600 makes it yours alone).",
                )
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None, None
    except OSError:
        return None, Bilingual("読めません。", "It cannot be read.")
    if len(content) > _LARGEST:
        return None, Bilingual("大きすぎます。", "It is too large.")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, Bilingual("UTF-8 ではありません。", "It is not UTF-8.")


def _parsed(text: str, *, zone: tzinfo, home: Path, clocks: Path | None) -> PersonalRules | Bilingual:
    """Give the rules, or what is wrong; raised by the caller, since an error in the chain would quote the text."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Bilingual("TOML として読めません。", "It is no TOML.")
    return _wrong(table) or PersonalRules(table, home=home, clocks=Clocks(clocks), zone=zone)


def _wrong(table: Mapping[str, Any]) -> Bilingual | None:
    for key, value in table.items():
        kind = _KEYS.get(key)
        if kind is None:
            return Bilingual(
                f"知らない項目があります。使えるのは {'、'.join(_KEYS)} です。",
                f"It has an unknown key; there are {', '.join(_KEYS)}.",
            )
        texts = not isinstance(value, list) or all(isinstance(one, str) and one for one in value)
        if type(value) is not kind or not texts:
            return Bilingual(f"{key} の値が正しくありません。", f"The value of {key} is wrong.")
    try:
        for written in table.get("quiet_hours", ()):
            Hours.of(written)
        if "timezone" in table:
            ZoneInfo(table["timezone"])
    except (BadInput, KeyError, ValueError, OSError):
        return Bilingual("時間帯の書き方が正しくありません。", "Hours or the time zone are wrong.")
    return None


def _refused(what: Bilingual) -> ConfigurationError:
    return ConfigurationError(
        Bilingual(f"自分の決まりのファイル: {what.ja}", f"Your own rules: {what.en}"),
        mend=Bilingual("civicsns mine show で場所を確かめてください。", "civicsns mine show tells where it is."),
        place="civicsns mine",
    )
