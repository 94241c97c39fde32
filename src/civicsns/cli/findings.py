"""What the rules say of a text, as a person reads it in a terminal: the words underlined, why, and what to do."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from civicsns.language import Bilingual, Language
from civicsns.model import Severity
from civicsns.policy import articles, likeness, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from civicsns.model import Finding, Fix, Question, Skipped
    from civicsns.policy.checked import Checked
    from civicsns.policy.notice import Notice
    from civicsns.policy.pack import Pack

COLOURS = {Severity.BLOCK: "red", Severity.REVIEW: "yellow", Severity.ADVISE: "cyan"}
_AROUND = 30
_BASIS = Bilingual("根拠", "Legal basis")
_ASKED = Bilingual("投稿する人が確かめること", "For the person who posts to answer")
_NOT_RUN = Bilingual("動かなかった規範", "Rules that did not run")
_NO_LAWYER = Bilingual(
    "根拠条文の当てはめを弁護士は確認していません。", "No lawyer has confirmed that the articles named apply."
)
_FIX = Bilingual("修正案", "Instead")
_STRIP = Bilingual("画像の位置・機種の情報を取り除く（--fix）", "take place and device out of the picture (--fix)")


class Shown:
    """
    Prints what was found.

    Args:
        console: Where to.
        pack: Names rules and articles in words.
        languages: In which languages.
    """

    def __init__(self, console: Console, pack: Pack | None, languages: Iterable[Language]) -> None:
        self._console = console
        self._pack = pack
        self._titles = {**likeness.TITLES, **({rule.code: rule.title for rule in pack.rules} if pack else {})}
        self._languages = tuple(languages)

    def text(self, checked: Checked) -> None:
        """Print the findings and questions of one text."""
        for finding in checked.findings():
            self._finding(checked, finding)
        if checked.verdict.questions:
            self._print(Text(self._said(_ASKED, " / "), style="bold"))
            for question in checked.verdict.questions:
                self._question(question)
            self._print()

    def summary(self, items: Iterable[Checked]) -> None:
        """Print which rules did not run and why, and how many looked."""
        verdicts = [item.verdict for item in items]
        self._skipped([one for verdict in verdicts for one in verdict.skipped])
        counts = dict.fromkeys(Severity, 0)
        for verdict in verdicts:
            for finding in verdict.findings:
                counts[finding.severity] += 1
        ran = len({code for verdict in verdicts for code in verdict.ran})
        if any(counts.values()):
            for language in self._languages:
                said = ", ".join(
                    f"{wording.SEVERITIES[severity].in_(language)} {count}" for severity, count in counts.items()
                )
                rules = Bilingual(f"{ran} 規範を確認", f"{ran} rules looked").in_(language)
                self._print(Text(f"{said}（{rules}）" if language is Language.JA else f"{said} ({rules})"))
            self._print(Text(self._said(_NO_LAWYER, "\n"), style="dim"))
        else:
            nothing = Bilingual(f"指摘はありません（{ran} 規範を確認）。", f"Nothing found ({ran} rules looked).")
            self._print(Text(self._said(nothing, " / ")))

    def notices(self, notices: Iterable[Notice]) -> None:
        """Print what in the city's overlay does nothing, or not for long."""
        for one in notices:
            for language in self._languages:
                self._print(
                    Text(
                        f"{one.file}:{one.line or 1}: {one.key}: {one.what.in_(language)} {one.mend.in_(language)}",
                        style="yellow",
                    )
                )

    def _finding(self, checked: Checked, finding: Finding) -> None:
        colour = COLOURS[finding.severity]
        place = checked.place(finding)
        where = checked.name if finding.part == "text" else f"{checked.name}[{finding.part}]"
        if place is not None:
            where = f"{where}:{place.line}:{place.column}" if where else f"{place.line}:{place.column}"
        head = Text(f"{visible(where)} " if where else "")
        head.append(f"{finding.rule} ", style=f"bold {colour}")
        head.append(self._said(wording.SEVERITIES[finding.severity], " "), style=colour)
        title = self._titles.get(finding.rule)
        if title is not None:
            head.append(f"  {self._said(title, ' / ')}", style="bold")
        self._print(head)
        if place is not None and finding.span is not None and finding.span.end > finding.span.start:
            for line in excerpt(checked.part(finding.part), finding.span.start, finding.span.end, colour):
                self._print(Text("    ").append_text(line))
        self._each(finding.message)
        if finding.mend is not None:
            self._each(finding.mend, before="→ ")
        if finding.fix is not None:
            self._print(Text(f"    {self._said(_FIX, ' / ')}: {self._fix(finding.fix)}", style="green"))
        if finding.legal_basis and self._pack is not None:
            for language in self._languages:
                said = articles.listed(finding.legal_basis, self._pack, language)
                self._print(Text(f"    {_BASIS.in_(language)}: {said}", style="dim"))
        self._print()

    def _fix(self, fix: Fix) -> str:
        if fix.kind == "replace":
            shown = visible(fix.text) or "∅"
            return f"{shown} (--fix)" if fix.safe else shown
        return self._said(_STRIP, " / ")

    def _question(self, question: Question) -> None:
        for number, language in enumerate(self._languages):
            mark = f"{question.rule}  " if number == 0 else " " * (len(question.rule) + 2)
            self._print(Text(f"  {mark}{question.ask.in_(language)}"))

    def _skipped(self, skipped: Iterable[Skipped]) -> None:
        reasons: defaultdict[Bilingual, dict[str, None]] = defaultdict(dict)
        for one in skipped:
            reasons[one.reason][one.rule] = None
        if not reasons:
            return
        self._print(Text(self._said(_NOT_RUN, " / "), style="dim"))
        for reason, codes in reasons.items():
            self._print(Text(f"  {' '.join(sorted(codes))}: {self._said(reason, ' ')}", style="dim"))

    def _each(self, words: Bilingual, *, before: str = "") -> None:
        for language in self._languages:
            self._print(Text(f"    {before}{words.in_(language)}"))

    def _said(self, words: Bilingual, between: str) -> str:
        return between.join(words.in_(language) for language in self._languages)

    def _print(self, text: Text | str = "") -> None:
        self._console.print(text, soft_wrap=True)


def excerpt(text: str, start: int, end: int, colour: str) -> Iterator[Text]:
    """
    Give the line in which a finding begins, its words underlined, and a line of marks below them.

    The marks stand where the words do also in a terminal without colours, whatever their width.
    """
    first = text.rfind("\n", 0, start) + 1
    after = text.find("\n", start)
    last = len(text) if after < 0 else after - text.endswith("\r", first, after)
    end = min(end, last)
    begin, stop = max(first, start - _AROUND), min(last, end + _AROUND)
    before = ("…" if begin > first else "") + visible(text[begin:start])
    words = visible(text[start:end])
    shown = Text(before)
    shown.append(words, style=f"underline {colour}")
    shown.append(visible(text[end:stop]) + ("…" if stop < last else ""))
    yield shown
    yield Text(" " * cell_len(before) + "^" * max(1, cell_len(words)), style=colour)


def visible(text: str) -> str:
    """Write characters that are not seen, or that steer a terminal, by their numbers."""
    return "".join(
        f"⟨U+{ord(one):04X}⟩" if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else one
        for one in text
    )
