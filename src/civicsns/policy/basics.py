"""
A first, small set of rules that holds for any post; the codes are those of the Japanese municipal pack.

The articles named were read in copies of the statutes; no lawyer has confirmed that they apply.
A wrong alarm costs a moment, a number that goes out stays out: these rules lean towards the alarm.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from civicsns.language import Bilingual
from civicsns.model.media import MediaKind
from civicsns.model.verdict import Finding, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from civicsns.model.context import Context
    from civicsns.model.draft import Draft
    from civicsns.ports import Rule

# One code point to one code point, so that a span in the folded text is a span in the author's own.
_FOLD = str.maketrans(
    "０１２３４５６７８９〇一二三四五六七八九‐‑‒–—―−－ー．：＝　" + "".join(map(chr, range(0xFF21, 0xFF5B))),
    "01234567890123456789" + "-" * 9 + ".:= " + "".join(map(chr, range(0x41, 0x7B))),
)
_TWELVE_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){11}(?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])0[789]0[ .-]?[0-9]{4}[ .-]?[0-9]{4}(?![0-9])")
_PASSWORD = re.compile(
    # The fold turns the long-vowel mark into a dash, as in a telephone number.
    r"(?:パスワ-ド|暗証番号|(?<![A-Za-z])(?:password|pass|pw|pin))\s*(?:は|[:=])\s*[!-~]{4,}",
    re.IGNORECASE,
)
_HTTP = re.compile(r"(?<![A-Za-z])http://[!-~]+", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class TextRule:
    """
    A rule about words.

    Attributes:
        code: Its code.
        title: What it is about.
        severity: How much a finding weighs.
        message: What is wrong, and why.
        mend: What to change.
        legal_basis: The articles.
        find: Gives the spans, in the folded text.
    """

    code: str
    title: Bilingual
    severity: Severity
    message: Bilingual
    mend: Bilingual
    legal_basis: tuple[str, ...]
    find: Callable[[str], Iterable[Span]]

    def check(self, draft: Draft, _context: Context) -> Iterator[Finding]:
        """Find the words in the text, and in the networks' own variants and the alt texts."""
        texts = [draft.text, *draft.variants.values(), *(item.alt_text or "" for item in draft.media)]
        if draft.link:
            texts.append(draft.link)
        for text in dict.fromkeys(texts):
            for span in self.find(text.translate(_FOLD)):
                yield Finding(
                    rule=self.code,
                    severity=self.severity,
                    message=self.message,
                    # Words elsewhere than in the text itself have no place in it.
                    span=span if text == draft.text else None,
                    legal_basis=self.legal_basis,
                    mend=self.mend,
                )


@attrs.frozen(kw_only=True)
class MissingAltText:
    """ACC001: a picture without a text alternative says nothing to those who cannot see it."""

    code: str = "ACC001"
    title: Bilingual = Bilingual("画像の代替テキスト欠落", "Missing alt text")

    def check(self, draft: Draft, _context: Context) -> Iterator[Finding]:
        """Find images without alt text."""
        for item in draft.media:
            if item.kind is MediaKind.IMAGE and not (item.alt_text or "").strip():
                yield Finding(
                    rule=self.code,
                    severity=Severity.REVIEW,
                    message=Bilingual(
                        f"画像「{item.name}」に代替テキストがありません。", f"The image {item.name!r} has no alt text."
                    ),
                    legal_basis=("JIS X 8341-3:2016 1.1.1", "障害者差別解消法 5条", "障害者差別解消法 7条2項"),
                    mend=Bilingual(
                        "写っているものを一文で説明してください。", "Say in a sentence what the picture shows."
                    ),
                )


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    def find(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            yield Span(start=match.start(), end=match.end())

    return find


def is_my_number(digits: str) -> bool:
    """
    Tell whether twelve digits pass the check digit of an individual number 個人番号.

    Weights 2 to 7 from the right for the first six digits before the check digit, then 2 to 6; the check digit is 11
    less the remainder by 11, and 0 for a remainder of 0 or 1.
    Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード並びに
    情報提供ネットワークシステムによる特定個人情報の提供等に関する省令（平成26年総務省令第85号）5条.
    One random number in ten passes.
    """
    *body, check = (int(digit) for digit in digits)
    weighted = sum(
        digit * (place + 1 if place <= 6 else place - 5) for place, digit in enumerate(reversed(body), start=1)
    )
    remainder = weighted % 11
    return check == (0 if remainder <= 1 else 11 - remainder)


def _my_numbers(text: str) -> Iterator[Span]:
    for match in _TWELVE_DIGITS.finditer(text):
        if is_my_number(re.sub(r"[^0-9]", "", match.group())):
            yield Span(start=match.start(), end=match.end())


RULES: tuple[Rule, ...] = (
    TextRule(
        code="PII001",
        title=Bilingual("個人番号（マイナンバー）", "Individual number (My Number)"),
        severity=Severity.BLOCK,
        message=Bilingual(
            "個人番号（マイナンバー）と読める12桁の数字があります。",
            "There are twelve digits that read as an individual number (My Number).",
        ),
        mend=Bilingual("番号を消してください。", "Take the number out."),
        legal_basis=("番号法 19条", "番号法 20条", "番号法 12条", "個人情報保護法 66条1項"),
        find=_my_numbers,
    ),
    TextRule(
        code="PII002",
        title=Bilingual("携帯電話番号", "Mobile phone number"),
        severity=Severity.REVIEW,
        message=Bilingual("携帯電話番号があります。", "There is a mobile phone number."),
        mend=Bilingual("市の代表番号に替えてください。", "Give the city's own number instead."),
        legal_basis=("個人情報保護法 69条1項", "個人情報保護法 67条", "地方公務員法 34条1項"),
        find=_matches(_MOBILE),
    ),
    TextRule(
        code="SEC003",
        title=Bilingual("認証情報", "Credentials"),
        severity=Severity.BLOCK,
        message=Bilingual(
            "パスワードや暗証番号と読める文字があります。", "There is something that reads as a password or PIN."
        ),
        mend=Bilingual(
            "消してください。すでに使っているものなら変更してください。", "Take it out; if it is in use, change it."
        ),
        legal_basis=("地方公務員法 34条1項", "不正アクセス禁止法 5条"),
        find=_matches(_PASSWORD),
    ),
    TextRule(
        code="LNK002",
        title=Bilingual("https でないリンク", "Link without https"),
        severity=Severity.ADVISE,
        message=Bilingual("https でないリンクがあります。", "There is a link without https."),
        mend=Bilingual("https:// で始まるリンクに替えてください。", "Use a link that begins with https://."),
        legal_basis=("当該自治体の情報セキュリティポリシー",),
        find=_matches(_HTTP),
    ),
    MissingAltText(),
)
