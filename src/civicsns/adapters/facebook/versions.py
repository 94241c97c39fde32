"""
The Graph API's versions and when each of them ends.

Source: the version table of the Graph API changelog (https://developers.facebook.com/docs/graph-api/changelog),
as read when v26.0 (2026-07-29) was the newest. Meta announces an end about two years ahead.
"""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Final

from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

#: The day on which each version stops answering; None where Meta has named no day yet.
EXPIRES: Final[dict[str, date | None]] = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
    "v26.0": None,
}

#: How long before the end an operator is warned: a budget quarter, enough to try a newer version.
NOTICE: Final = timedelta(days=90)

_FORM = re.compile(r"v([1-9][0-9]{0,2})\.[0-9]{1,2}")


class GraphVersionWarning(FutureWarning):
    """The configured version of the Graph API ends soon, or is unknown. Shown to operators by default."""


def checked_version(version: str, *, now: datetime, place: str) -> date | None:
    """
    Give the day on which *version* ends, None where none is known.

    Warns:
        GraphVersionWarning: If it ends within `NOTICE`, or is not in the table.

    Raises:
        ConfigurationError: If it is no version, or has ended.
    """
    form = _FORM.fullmatch(version)
    if form is None:
        raise ConfigurationError(
            Bilingual(
                f"Graph API のバージョン「{version}」の書き方が正しくありません。",
                f"{version!r} is no version of the Graph API.",
            ),
            mend=Bilingual("「v26.0」のように書いてください。", 'Write it like "v26.0".'),
            place=place,
        )
    today = now.astimezone(UTC).date()
    oldest = min(_number(known) for known in EXPIRES)
    expires = EXPIRES.get(version)
    if int(form[1]) < oldest or (expires is not None and expires <= today):
        raise ConfigurationError(
            Bilingual(
                f"Graph API {version} の提供は終わっています。", f"Version {version} of the Graph API has ended."
            ),
            mend=Bilingual(f"「{newest()}」に変更してください。", f"Change it to {newest()!r}."),
            place=place,
        )
    if version not in EXPIRES:
        _warn(
            Bilingual(
                f"Graph API {version} は civicsns の知らないバージョンです（終了日を確認できません）。",
                f"civicsns does not know version {version} of the Graph API, nor when it ends.",
            )
        )
    elif expires is not None and expires - today <= NOTICE:
        _warn(
            Bilingual(
                f"Graph API {version} は {expires.isoformat()} に終了します。{newest()} への変更を準備してください。",
                f"Version {version} of the Graph API ends on {expires.isoformat()}; prepare the change to {newest()}.",
            )
        )
    return expires


def newest() -> str:
    """Give the newest version of the table."""
    return max(EXPIRES, key=_number)


def _number(version: str) -> int:
    return int(version[1:].partition(".")[0])


def _warn(words: Bilingual) -> None:
    warnings.warn(str(words), GraphVersionWarning, stacklevel=4)
