"""From what a rule found to the change that would mend it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from civicsns.model.verdict import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.policy.scan import Match, Scan


def fix_of(table: Mapping[str, Any], match: Match, scan: Scan | None) -> Fix | None:
    """
    Give the change that mends *match*; None where only a person can.

    Args:
        table: The `fix` of the rule: `kind` is `mask` (`keep` so many digits at the end), `replace` (`with`),
            `replace_map` (`map`), `https`, `weekday`, `date_expand` (what the detector gives), `nfkc`, `strip`,
            `strip_exif` or `ask`.
        match: What was found.
        scan: The text that it was found in; None where it was found in the draft as a whole.
    """
    kind = table["kind"]
    if kind == "strip_exif":
        return Fix(kind="strip_metadata", safe=True)
    if scan is None or match.end < match.start:
        return None
    if match.instead is not None:
        return Fix(kind="replace", text=match.instead, safe=kind == "https")
    written = scan.raw[match.start : match.end] if match.raw else scan.written(match.start, match.end)
    if kind == "mask":
        return Fix(kind="replace", text=_masked(written, keep=table.get("keep", 0)))
    if kind == "replace":
        return Fix(kind="replace", text=table["with"])
    if kind == "replace_map":
        instead = table["map"].get(written) or table["map"].get(scan.view[match.start : match.end])
        return Fix(kind="replace", text=instead) if instead else None
    if kind == "nfkc":
        return Fix(kind="replace", text=unicodedata.normalize("NFKC", written), safe=True)
    if kind == "strip":
        seen = "".join(character for character in written if unicodedata.category(character) != "Cf")
        # Letters that look like others are for a person to sort out.
        return Fix(kind="replace", text=seen, safe=True) if seen != written else None
    return None


def _masked(written: str, *, keep: int) -> str:
    """Put an asterisk in the place of each letter and digit but the last *keep*."""
    shown = [place for place, character in enumerate(written) if character.isalnum()]
    hidden = set(shown[: len(shown) - keep] if keep else shown)
    return "".join("*" if place in hidden else character for place, character in enumerate(written))
