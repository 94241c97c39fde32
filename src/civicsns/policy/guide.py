"""
A page about a rule: what it finds, why, on what it rests, how to mend it, examples, limits, and how a city changes it.

All of it comes from the pack. The command line shows the page, and the documents have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.language import Bilingual, Language
from civicsns.model import Severity
from civicsns.policy import articles, wording
from civicsns.policy.overlay import lists_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.pack import Citation, Example, Pack, PackRule

#: No lawyer has confirmed a citation unless the pack says which one has; said on every page.
NO_LAWYER: Final = Bilingual(
    "条文の当てはめを弁護士は確認していません。この頁は法律相談に代わるものではありません。",
    "No lawyer has confirmed that these articles apply. This page does not replace legal advice.",
)
_OPENING, _CLOSING = "「『（(【", "」』）)】"
_HEADS: Final[Mapping[str, Bilingual]] = {
    "finds": Bilingual("何を見つけるか", "What it finds"),
    "asks": Bilingual("何を尋ねるか", "What it asks"),
    "why": Bilingual("なぜ", "Why"),
    "mend": Bilingual("直し方", "How to mend it"),
    "legal": Bilingual("根拠", "Legal basis"),
    "flagged": Bilingual("指摘する例", "Examples that it finds"),
    "passed": Bilingual("指摘しない例", "Examples that it lets pass"),
    "missed": Bilingual("見つけられない例", "Examples that it misses"),
    "limits": Bilingual("限界", "Limits"),
    "change": Bilingual("市で変える", "How a city changes it"),
}
_FIXES: Final[Mapping[str, Bilingual]] = {
    "date_expand": Bilingual(
        "`civicsns check` が、日付を書き足す案を示します。", "`civicsns check` shows the date written out."
    ),
    "https": Bilingual("`civicsns check --fix` が https に直します。", "`civicsns check --fix` makes it https."),
    "mask": Bilingual("`civicsns check` が、伏せた形の案を示します。", "`civicsns check` shows it masked."),
    "nfkc": Bilingual(
        "`civicsns check --fix` が普通の文字に直します。", "`civicsns check --fix` writes it in plain letters."
    ),
    "replace": Bilingual("`civicsns check` が言い換えの案を示します。", "`civicsns check` shows other words."),
    "replace_map": Bilingual("`civicsns check` が言い換えの案を示します。", "`civicsns check` shows other words."),
    "strip": Bilingual(
        "`civicsns check --fix` が見えない文字を取り除きます。",
        "`civicsns check --fix` takes invisible characters out.",
    ),
    "strip_exif": Bilingual(
        "`civicsns check --fix` が画像から場所と機種の情報を取り除きます。",
        "`civicsns check --fix` takes place and device out of the picture.",
    ),
    "weekday": Bilingual(
        "`civicsns check` が正しい曜日を示します。", "`civicsns check` shows the right day of the week."
    ),
}
_WHERE: Final = Bilingual(
    "市の `policy.toml` に書きます（[市の規範](../overlay.md)）。",
    "It goes into the city's `policy.toml`; see [a city's overlay](../overlay.md).",
)
_FILLS: Final = Bilingual(
    "言葉の一覧を、足したり減らしたりできます。", "It reads lists of words, which a city fills and corrects."
)
_RAISES: Final = Bilingual("重くするのは自由です。", "Making it heavier is free.")
_LOWERS: Final = Bilingual(
    "軽くするには、理由、承認した職員の番号、最後の日が要ります。",
    "Making it lighter takes a reason, the number of whoever approved it, and a last day.",
)
_NEVER: Final = Bilingual(
    "この規範は軽くできず、例外も認められません。", "It cannot be made lighter, and admits of no exception."
)


def page(rule: PackRule, pack: Pack, language: Language) -> str:
    """
    Write the page about a rule, as Markdown with one sentence on a line.

    Args:
        rule: The rule.
        pack: Knows its citations and lists.
        language: In which language.
    """
    parts = [f"# {rule.code} {rule.title.in_(language)}", "\n".join(_summary(rule, pack, language))]
    for head, body in _sections(rule, pack, language):
        parts += [f"## {_HEADS[head].in_(language)}", body]
    return "\n\n".join(parts) + "\n"


def lines(text: str, language: Language) -> str:
    """Put each sentence on a line of its own; what stands in brackets is not cut."""
    depth, made = 0, ""
    for place, character in enumerate(text):
        made += character
        after = text[place + 1 : place + 2]
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth > 0 or not after:
            continue
        if language is Language.JA and character in "。！？" and after not in "。！？" + _CLOSING:
            made += "\n"
        elif language is Language.EN and character == " " and text[place - 1] in ".?!" and after.isupper():
            made = made[:-1] + "\n"
    return made


def _summary(rule: PackRule, pack: Pack, language: Language) -> Iterator[str]:
    family = pack.families.get(rule.family)
    pairs = [
        (Bilingual("重さ", "Severity"), _severity(rule)),
        (Bilingual("分野", "Family"), family or Bilingual(rule.family, rule.family)),
        (Bilingual("パック", "Pack"), Bilingual(f"{pack.id} {pack.version}", f"{pack.id} {pack.version}")),
        (
            Bilingual("例外承認", "Waiver"),
            Bilingual("できる", "possible") if rule.waivable else Bilingual("できない", "not possible"),
        ),
    ]
    when = list(wording.conditions(rule.when))
    if when:
        said = Bilingual("、".join(one.ja for one in when), "; ".join(one.en for one in when))
        pairs.append((Bilingual("当てはまるとき", "Applies where"), said))
    if rule.begins:
        pairs.append((Bilingual("適用の初日", "From"), Bilingual(str(rule.begins), str(rule.begins))))
    if rule.ends:
        pairs.append((Bilingual("適用の最終日", "Until"), Bilingual(str(rule.ends), str(rule.ends))))
    for name, value in pairs:
        yield f"- **{name.in_(language)}**: {value.in_(language)}"


def _severity(rule: PackRule) -> Bilingual:
    if rule.detect["kind"] == "question":
        return Bilingual("質問（投稿する人が答える）", "a question, for the person who posts")
    said = wording.SEVERITIES[rule.severity]
    return Bilingual(f"{said.ja}（`{rule.severity}`）", f"{said.en} (`{rule.severity}`)")


def _sections(rule: PackRule, pack: Pack, language: Language) -> Iterator[tuple[str, str]]:
    def said(*sentences: Bilingual | None) -> str:
        return "\n".join(lines(one.in_(language), language) for one in sentences if one is not None)

    asks = rule.detect["kind"] == "question"
    if asks:
        ask = lines(rule.detect["ask"][language.value], language).replace("\n", "\n> ")
        yield "asks", f"> {ask}\n\n{said(wording.KINDS['question'], rule.message)}"
    else:
        yield "finds", said(rule.message, *(wording.KINDS[kind] for kind in wording.kinds(rule.detect)))
    if rule.explain is not None:
        yield "why", said(rule.explain)
    if rule.mend is not None:
        yield "mend", said(rule.mend, _FIXES.get(rule.fix["kind"]) if rule.fix else None)
    yield "legal", "\n".join(_basis(rule, pack, language))
    for head, examples in (("flagged", rule.must_flag), ("passed", rule.must_pass), ("missed", rule.known_miss)):
        if examples:
            yield head, "\n".join(f"- {_example(one, language)}" for one in examples)
    if rule.limits is not None:
        yield "limits", said(rule.limits)
    change = _change(rule, pack, language)
    if change:
        yield "change", change


def _basis(rule: PackRule, pack: Pack, language: Language) -> Iterator[str]:
    for key in rule.legal:
        name = articles.named(key, pack).in_(language)
        law = pack.laws.get(key.partition(":")[0])
        if law is not None and law.egov:
            name = f"[{name}](https://laws.e-gov.go.jp/law/{law.egov})"
        citation = pack.citations.get(key)
        yield f"- **{name}**{'' if citation is None else _gist(citation, language)}"
    yield ""
    confirmed = {key: pack.citations[key].confirmed for key in rule.legal if key in pack.citations}
    for key, who in confirmed.items():
        if who:
            name = articles.named(key, pack).in_(language)
            yield Bilingual(f"{name}は、確認されています（{who}）。", f"{name} was confirmed by {who}.").in_(language)
    if not all(confirmed.values()):
        yield lines(NO_LAWYER.in_(language), language)


def _gist(citation: Citation, language: Language) -> str:
    details = [
        (Bilingual("だれを縛るか", "binds"), citation.binds),
        (Bilingual("違反すると", "if broken"), citation.threatens),
        (Bilingual("確認", "read"), _seen(citation)),
    ]
    colon, full = ("：", "。") if language is Language.JA else (": ", ".")
    said = f"{colon}{citation.says.in_(language).rstrip('。.')}{full}"
    for name, value in details:
        if value is not None:
            said += f"\n    - {name.in_(language)}{colon}{value.in_(language)}"
    return said


def _seen(citation: Citation) -> Bilingual:
    said = wording.SEEN[citation.seen]
    if citation.version is None:
        return said
    return Bilingual(f"{said.ja}（{citation.version} 時点の版）", f"{said.en} (version of {citation.version})")


def _example(example: Example, language: Language) -> str:
    shown = example.text.replace("\n", " ⏎ ")
    fence = "``" if "`" in shown else "`"
    pad = " " if fence == "``" or shown[:1] in {"", " "} or shown[-1:] == " " else ""
    facts = [one.in_(language) for one in wording.conditions({**example.facts, **_known(example)})]
    around = f"（{'、'.join(facts)}）" if language is Language.JA else f" ({', '.join(facts)})"
    text = f"{fence}{pad}{shown}{pad}{fence}" if shown else Bilingual("（本文なし）", "(no text)").in_(language)
    return text + (around if facts else "")


def _known(example: Example) -> dict[str, object]:
    if example.context is None:
        return {}
    known = attrs.asdict(example.context, recurse=False)
    return {name: value for name, value in known.items() if value is not None}


def _change(rule: PackRule, pack: Pack, language: Language) -> str:
    """Say what a city may change; nothing where a rule only asks, and reads no list."""
    asks = rule.detect["kind"] == "question"
    ways: list[tuple[Bilingual, str]] = []
    named = dict.fromkeys(name for name in lists_named(rule.detect) if name in pack.lists)
    if named:
        ways.append((_FILLS, "\n\n".join(f'[lists.{name}]\nadd = ["…"]' for name in named)))
    if rule.severity is not Severity.BLOCK and not asks:
        ways.append((_RAISES, f'[rules.{rule.code}]\nseverity = "block"'))
    if rule.severity is not Severity.ADVISE and not asks and rule.waivable:
        lowered = f'[rules.{rule.code}]\nseverity = "advise"\nreason = "…"\nby = "…"\nuntil = 2027-03-31'
        ways.append((_LOWERS, lowered))
    parts = [_WHERE.in_(language)] if ways else []
    parts += [f"{head.in_(language)}\n\n```toml\n{body}\n```" for head, body in ways]
    if not rule.waivable:
        parts.append(_NEVER.in_(language))
    return "\n\n".join(parts)
