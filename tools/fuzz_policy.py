"""
Check a million random and mutated posts against all rules, and look whether the engine keeps its word.

    python tools/fuzz_policy.py [--count 1000000] [--seed 1] [--jobs 2]

No post makes an exception; every finding names words that are there; folding a view changes nothing; and a character
that is not seen, put anywhere, hides no finding of a rule that looks at the folded text. A post that takes longer than
20 µs a character is tried again, and printed if it does so each time. Chunk by chunk: `--seed 5` goes on where a run with
fewer chunks ended, and what is found is found again with the seed and the number that are printed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import fuzz_folding

from civicsns.model import Context, Draft, Finding
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Posts that one process checks before it answers.
CHUNK = 5_000
#: µs for one character of a post; short posts are as long as this many characters.
_BOUND, _SHORT = 20.0, 40
_CONTEXTS = (
    Context(),
    Context(
        local_time=datetime(2026, 10, 3, 23, tzinfo=UTC), on_duty=True, election=True, disaster=True, approved=False
    ),
)
_HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u202a\u202e\u2066\u2069\ufe0e\u034f"


@cache
def _policy() -> Policy:
    return Policy(builtin("jp-municipal"))


@cache
def _examples() -> tuple[str, ...]:
    rules = _policy().pack.rules
    return tuple(one.text for rule in rules for one in (*rule.must_flag, *rule.must_pass, *rule.known_miss))


@cache
def _words() -> tuple[str, ...]:
    return tuple({term for detector in _policy().detectors for slot in detector.slots for term in slot if term})


@cache
def _seen_as_written() -> frozenset[str]:
    """Give the rules that look at the text as it was written: to them a hidden character is one more."""
    return frozenset(
        rule.code
        for rule in _policy().pack.rules
        for table in rule.detect.get("of", (rule.detect,))
        if table.get("view") == "raw" or table["kind"] in {"chars", "hashtag"}
    )


def post(draw: random.Random) -> str:
    """Make a post."""
    match draw.randrange(6):
        case 0:
            return fuzz_folding.anything(draw)
        case 1:
            return fuzz_folding.mutated(draw)
        case 2:
            return _mutated(draw.choice(_examples()), draw)
        case 3:
            return "".join(draw.choice(_words()) for _ in range(draw.randrange(1, 25)))
        case 4:
            pieces = [draw.choice((_words(), _examples(), fuzz_folding.COMMON)) for _ in range(3)]
            return "".join(draw.choice(pool)[:30] for pool in pieces) * draw.choice((1, 1, 2, 4, 12))
        case _:
            return (
                draw.choice(_examples()) + draw.choice(("", " ", "。", "\n")) + _mutated(draw.choice(_examples()), draw)
            )


def _mutated(text: str, draw: random.Random) -> str:
    letters = list(text)
    for _ in range(draw.randrange(1, 8)):
        place = draw.randrange(len(letters) + 1)
        match draw.randrange(5):
            case 0:
                letters[place : place + draw.randrange(3)] = []
            case 1:
                letters[place:place] = [draw.choice(fuzz_folding.COMMON)]
            case 2:
                letters[place:place] = [draw.choice(_words())]
            case 3:
                letters[place : place + 1] = [fuzz_folding.disguised(one, draw) for one in letters[place : place + 1]]
            case _:
                letters[place:place] = letters[place : place + 6] * draw.randrange(1, 4)
    return "".join(letters)


def _draft(text: str) -> Draft:
    return Draft(author="1", text=text, accounts=("x:a",))


def faults(text: str, draw: random.Random) -> Iterator[str]:
    """Tell what checking *text* does that it must not; the empty text where it has findings."""
    policy, context = _policy(), draw.choice(_CONTEXTS)
    draft = _draft(text)
    began = time.thread_time()
    found = [one for one in policy.check(draft, context) if isinstance(one, Finding)]
    if (time.thread_time() - began) * 1e6 > _BOUND * max(len(text), _SHORT) and (
        slow := _slowness(draft, context)
    ) > _BOUND:
        yield f"{slow:.1f} µs a character"
    for one in found:
        if one.span is not None and not 0 <= one.span.start < one.span.end <= len(text):
            yield f"{one.rule} at {one.span}"
    if found:
        # No fault, but worth counting.
        yield ""
    view = fold(text).view
    if fold(view).view != view:
        yield f"{view!r} folds to {fold(view).view!r}"
    letters = list(text)
    for _ in range(draw.randrange(1, 4)):
        letters.insert(draw.randrange(len(letters) + 1), draw.choice(_HIDDEN))
    hidden = policy.check(_draft("".join(letters)), context)
    lost = {one.rule for one in found} - {one.rule for one in hidden} - _seen_as_written()
    if lost:
        yield f"{sorted(lost)} not found in {''.join(letters)!r}"


def _slowness(draft: Draft, context: Context) -> float:
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        _policy().check(draft, context)
        best = min(best, time.thread_time() - began)
    return best * 1e6 / max(len(draft.text), _SHORT)


def chunk(seed: int) -> tuple[int, int, list[str]]:
    """Check the posts of one seed; how many, how many with findings, and what was wrong."""
    draw = random.Random(seed)  # noqa: S311 -- test data
    wrong: list[str] = []
    flagged = 0
    for number in range(CHUNK):
        text = post(draw)
        try:
            said = list(faults(text, draw))
            flagged += "" in said
            wrong += [f"{seed}:{number}: {text!r}: {fault}" for fault in said if fault]
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is looked for
            wrong.append(f"{seed}:{number}: {text!r}: {error!r}")
    return CHUNK, flagged, wrong


def main() -> None:
    """Check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first chunk")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chunks = -(-options.count // CHUNK)
    began, done, flagged, wrong = time.monotonic(), 0, 0, 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for count, found, said in pool.map(chunk, range(options.seed, options.seed + chunks)):
            done, flagged, wrong = done + count, flagged + found, wrong + len(said)
            for line in said[:20]:
                print(line, flush=True)
            if done % 100_000 == 0:
                print(f"# {done:,} posts, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(f"{done:,} posts, {flagged:,} with findings, {wrong} faults; {time.monotonic() - began:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
