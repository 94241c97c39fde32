"""From what a rule found to the change that would mend it, and from changes to the mended draft."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.model.draft import Poll
from civicsns.model.verdict import Fix
from civicsns.policy import exif

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from civicsns.model.draft import Draft
    from civicsns.model.verdict import Finding
    from civicsns.policy.scan import Match, Scan


#: Circled numbers: written plainly, ①10時 would be 110時.
_CIRCLED: Final = re.compile("[\u24ea\u2460-\u2473\u3251-\u325f\u32b1-\u32bf]")
_RUNS_ON: Final = re.compile(rf"\d[.,]?{_CIRCLED.pattern}|{_CIRCLED.pattern}[.,]?(?:\d|{_CIRCLED.pattern})")
#: Characters whose plain form says something else: 10² is not 102.
_SAYS_MORE: Final = frozenset({"<super>", "<sub>", "<fraction>"})


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
        start, end = (match.start, match.end) if match.raw else scan.folded.span(match.start, match.end)
        return _plain(scan.raw, start, end)
    if kind == "strip":
        seen = "".join(character for character in written if unicodedata.category(character) != "Cf")
        # Letters that look like others are for a person to sort out.
        return Fix(kind="replace", text=seen, safe=True) if seen != written else None
    return None


def _plain(text: str, start: int, end: int) -> Fix | None:
    """Write some characters as plain ones (NFKC); safe only where the text says the same then."""
    written = text[start:end]
    apart = _CIRCLED.sub(lambda one: f"({one[0]})", written) if _RUNS_ON.search(text) else written
    plain = unicodedata.normalize("NFKC", apart)
    if plain == written:
        return None
    more = any(unicodedata.decomposition(one).partition(" ")[0] in _SAYS_MORE for one in written)
    before, after = text[start - 1 : start], text[end : end + 1]
    joined = (before.isdecimal() and plain[:1].isdecimal() and not written[0].isdecimal()) or (
        after.isdecimal() and plain[-1:] in set("0123456789.,") and not written[-1].isdecimal()
    )
    return Fix(kind="replace", text=plain, safe=not more and not joined)


def _masked(written: str, *, keep: int) -> str:
    """Put an asterisk in the place of each letter and digit but the last *keep*."""
    shown = [place for place, character in enumerate(written) if character.isalnum()]
    hidden = set(shown[: len(shown) - keep] if keep else shown)
    return "".join("*" if place in hidden else character for place, character in enumerate(written))


def apply(draft: Draft, findings: Iterable[Finding], *, also_unsafe: bool = False) -> Draft:
    """
    Give the draft with its findings mended, where a program can do so; its digest is another one then.

    Of two changes that touch the same words the first is made; whoever checks the mended draft again sees the rest.

    Args:
        draft: What was checked.
        findings: What was found in it.
        also_unsafe: Whether to make changes too that alter what the post says, such as masking a number.
    """
    changes: dict[str, list[tuple[int, int, str]]] = {}
    texts = _texts(draft)
    told: set[str] = set()
    for one in findings:
        fix, span = one.fix, one.span
        if fix is not None and fix.kind == "strip_metadata":
            told.add(one.part)
        if fix is None or span is None or fix.kind != "replace" or not (fix.safe or also_unsafe):
            continue
        # Parts that say the same are looked at once; they are mended alike.
        changes.setdefault(texts.get(one.part, ""), []).append((span.start, span.end, fix.text))

    def mended(text: str) -> str:
        return _changed(text, changes[text]) if text in changes else text

    return attrs.evolve(
        draft,
        text=mended(draft.text),
        variants={platform: mended(text) for platform, text in draft.variants.items()},
        media=[
            attrs.evolve(
                exif.strip(item) if f"media.{number}" in told else item,
                alt_text=mended(item.alt_text) if item.alt_text is not None else None,
            )
            for number, item in enumerate(draft.media)
        ],
        link=mended(draft.link) if draft.link else draft.link,
        poll=Poll(options=[mended(option) for option in draft.poll.options], minutes=draft.poll.minutes)
        if draft.poll
        else None,
    )


def _texts(draft: Draft) -> dict[str, str]:
    """Give the texts of a draft by the names that findings have for them."""
    texts = {"text": draft.text, "link": draft.link or ""}
    texts |= {f"variants.{platform}": text for platform, text in draft.variants.items()}
    texts |= {f"media.{number}.alt_text": item.alt_text or "" for number, item in enumerate(draft.media)}
    if draft.poll:
        texts |= {f"poll.{number}": option for number, option in enumerate(draft.poll.options)}
    return texts


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    made, end = "", 0
    for start, after, instead in sorted(changes):
        if start >= end:
            made += text[end:start] + instead
            end = after
    return made + text[end:]
