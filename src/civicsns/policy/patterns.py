"""
What is wrong with a pattern, found before any text is looked at.

A pattern is refused if it does not compile, finds the empty text, is slow on some text, depends on borders of words
where there are none, or names characters that a folded text never has. Whether it can do without its triggers is told
by `civicsns.policy.triggers`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from civicsns.language import Bilingual
from civicsns.policy.fault import Mistake
from civicsns.policy.tree import ASSERTIONS, REPEATS, SINGLE, UNPROVABLE, Tree, codes, endless, walk, within
from civicsns.policy.trial import trial
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.policy.tree import Node

    Said = tuple[Mistake, Bilingual, Bilingual]

#: What a pattern may have in characters and sets, its repeats written out.
_LARGEST = 20_000


@lru_cache(maxsize=1024)
def wrongs(pattern: str, *, raw: bool = False) -> tuple[Said, ...]:
    """
    Say what is wrong with a pattern.

    Args:
        pattern: The pattern.
        raw: Whether it is tried on the text as it was written, not on the folded one.
    """
    try:
        re.compile(pattern)
        tree = Tree(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        said = str(error)
        return (
            (
                Mistake.PATTERN_BROKEN,
                Bilingual(f"正規表現として読めません（{said}）。", f"It is no regular expression ({said})."),
                Bilingual("示された位置を直してください。", "Mend it at the place that is named."),
            ),
        )
    if tree.size > _LARGEST:
        return (
            _slow(
                Bilingual("繰り返しを展開すると大きすぎます。", "Its repeats, written out, are too large."),
                Bilingual("繰り返しの回数を減らしてください。", "Repeat things fewer times."),
            ),
        )
    found = [*_borders(tree), *([] if raw else _unfolded(tree)), *_empty(tree)]
    found += [*_ambiguous(tree, tree.nodes)][:1] or ([] if found else [*_tried(tree)])
    return tuple(found)


def _empty(tree: Tree) -> Iterator[Said]:
    if tree.first(tree.nodes)[1]:
        yield (
            Mistake.PATTERN_EMPTY,
            Bilingual("空の文字列に一致します。", "It matches the empty text."),
            Bilingual("必ず1文字以上に一致するようにしてください。", "See that it takes one character at least."),
        )


def _borders(tree: Tree) -> Iterator[Said]:
    bad = ""
    for operation, argument in walk(tree.nodes, past=_ascii):
        if operation is codes.AT and argument in {codes.AT_BOUNDARY, codes.AT_NON_BOUNDARY}:
            bad = r"\b"
        elif operation is codes.IN and any(
            inner is codes.CATEGORY and what in {codes.CATEGORY_WORD, codes.CATEGORY_NOT_WORD}
            for inner, what in argument
        ):
            bad = r"\w"
    if bad:
        yield (
            Mistake.PATTERN_BORDERS,
            Bilingual(
                f"{bad} は仮名・漢字も単語の文字とみなすため、日本語では境界になりません。",
                f"{bad} counts kana and kanji as letters of a word; in Japanese it is no border.",
            ),
            Bilingual(
                r"[a-z0-9_] や (?<![a-z0-9]) のように書いてください。", "Write [a-z0-9_], or (?<![a-z0-9]), instead."
            ),
        )


def _ascii(node: Node) -> bool:
    """Whether it is a part that a flag `a` makes ASCII."""
    return node[0] is codes.SUBPATTERN and bool(node[1][1] & re.ASCII)


def _unfolded(tree: Tree) -> Iterator[Said]:
    lost = sorted(
        {
            chr(argument)
            for operation, argument in walk(tree.nodes)
            if operation is codes.LITERAL and fold(chr(argument)).view != chr(argument)
        }
    )
    if lost:
        shown = " ".join(f"{one}→{fold(one).view or '∅'}" for one in lost[:8])
        yield (
            Mistake.PATTERN_UNFOLDED,
            Bilingual(
                f"正規化した文には現れない文字があります（{shown}）。",
                f"It has characters that no folded text has ({shown}).",
            ),
            Bilingual(
                '正規化後の文字（半角・小文字など）で書くか、view = "raw" にしてください。',
                'Write them as they are folded (half-width, lower case), or set view = "raw".',
            ),
        )


def _ambiguous(tree: Tree, nodes: list[Node]) -> Iterator[Said]:
    """Say where the same text can be taken in many ways: nested repeats, neighbours and alternatives that overlap."""
    for place, node in enumerate(nodes):
        operation, argument = node
        if operation in UNPROVABLE:
            yield _slow(
                Bilingual(
                    "後方参照があり、速さを確かめられません。", "It refers back to a group: its speed cannot be proven."
                ),
                Bilingual("後方参照を使わずに書いてください。", "Write it without."),
            )
        elif operation in REPEATS:
            body = list(argument[2])
            if endless(node):
                yield from _nested(tree, body)
                yield from _neighbours(tree, body, nodes[place + 1 :])
            yield from _ambiguous(tree, body)
        elif operation is codes.BRANCH:
            for branch in argument[1]:
                yield from _ambiguous(tree, list(branch))
        elif operation in ASSERTIONS:
            yield from _ambiguous(tree, list(argument[1]))
        elif (inner := within(node)) is not None:
            yield from _ambiguous(tree, inner)


def _nested(tree: Tree, body: list[Node]) -> Iterator[Said]:
    begins, empty = tree.first(body)
    if empty:
        yield _slow(
            Bilingual("繰り返しの中身が空になり得ます。", "What is repeated may be empty."),
            Bilingual("中身が必ず1文字以上になるようにしてください。", "See that it takes one character at least."),
        )
    for flat, rest in _flat(body):
        if endless(flat):
            follows, through = tree.first(rest)
            follows |= begins if through else frozenset()
            if tree.all(list(flat[1][2])) & follows:
                yield _slow(
                    Bilingual("終わりのない繰り返しが入れ子になっています。", "Repeats without end are nested."),
                    Bilingual(
                        "内側の繰り返しを一つにまとめるか、上限を付けてください。",
                        "Make one repeat of them, or give the inner one a limit.",
                    ),
                )
        if flat[0] is codes.BRANCH:
            taken: frozenset[str] = frozenset()
            for branch in flat[1][1]:
                these, _ = tree.first(list(branch))
                if these & taken:
                    yield _slow(
                        Bilingual(
                            "繰り返しの中の選択肢が、同じ文字で始まります。",
                            "Alternatives in a repeat begin with the same character.",
                        ),
                        Bilingual(
                            "選択肢が違う文字で始まるように書き直してください。",
                            "Write them so that each begins with another one.",
                        ),
                    )
                    break
                taken |= these


def _neighbours(tree: Tree, body: list[Node], after: list[Node]) -> Iterator[Said]:
    if len(body) > 1 or body[0][0] not in SINGLE:
        # Whether a longer body overlaps with what follows is left to the trial.
        return
    taken = tree.characters(body[0])
    for flat, _ in _flat(after):
        if endless(flat) and taken & tree.first(list(flat[1][2]))[0]:
            yield _slow(
                Bilingual(
                    "終わりのない繰り返しが隣り合い、同じ文字に一致します。",
                    "Two repeats without end stand side by side and take the same characters.",
                ),
                Bilingual(
                    "一方に上限を付けるか、間に必ず現れる別の文字を置いてください。",
                    "Give one of them a limit, or put between them a character that neither takes.",
                ),
            )
        if not tree.first([flat])[1]:
            return


def _flat(nodes: list[Node]) -> Iterator[tuple[Node, list[Node]]]:
    """Give the nodes of a sequence with what follows each, groups opened."""
    for place, node in enumerate(nodes):
        rest = nodes[place + 1 :]
        inner = within(node)
        if inner is None:
            yield node, rest
        else:
            for deeper, follows in _flat(inner):
                yield deeper, [*follows, *rest]


def _tried(tree: Tree) -> Iterator[Said]:
    found = trial(tree)
    if found is not None:
        steps = " → ".join(f"{one:.0f}" for one in found.steps)
        shown = "".join(one if one.isprintable() else "·" for one in found.text)
        yield _slow(
            Bilingual(
                f"長い文で遅くなります（「{shown}」で1文字あたり {steps} 手）。",
                f"It is slow on long texts ({shown}: {steps} steps a character).",
            ),
            Bilingual(
                "繰り返しに上限を付けるか、始まりの文字を繰り返しから除いてください。",
                "Give its repeats limits, or keep the character that it begins with out of them.",
            ),
        )


def _slow(what: Bilingual, mend: Bilingual) -> Said:
    return Mistake.PATTERN_SLOW, what, mend
