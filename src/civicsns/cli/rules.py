"""`civicsns rules`: the conduct rules, and what is known of the articles behind them."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

import attrs
import click
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report, standards
from civicsns.cli.findings import COLOURS
from civicsns.language import Bilingual, Language
from civicsns.policy import articles, citations, guide, wording

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from rich.console import Console

    from civicsns.policy.pack import Pack, PackRule

_BETWEEN_PAGES = re.compile(r"\[([^]]+)\]\(\.\.[^)]*\)")
_ASKS = Bilingual("質問", "asks")


@click.command()
@options.settings
@options.standards
@options.languages
@click.argument("code", required=False)
@click.option(
    "--citations", "cited", is_flag=True, help="読み直したほうがよい条文 / Articles that ought to be read again."
)
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    metavar="MONTHS",
    help="これより古い版を挙げる / From how many months on a version is old.",
)
@options.as_json
@click.pass_context
def rules(
    context: click.Context,
    /,
    settings: Path,
    packs: tuple[str, ...],
    overlay: Path | None,
    code: str | None,
    *,
    language: str | None,
    cited: bool,
    older_than: int,
    as_json: bool,
) -> None:
    """
    投稿規範の一覧を示します。番号を付けると、その規範を説明します。

    List the conduct rules; with a code, explain that rule: what it finds, why, on which law it rests, and how to mend it.
    """
    languages = tuple(Language) if language is None else (Language(language),)
    held = standards.find(settings, asked=options.asked(context, "settings"), packs=packs, overlay=overlay)
    pack = held.pack
    if pack is None:
        said = "設定に規範パックがありません。 / The settings name no rule pack."
        raise click.UsageError(said)
    console = report.console()
    if cited:
        _cite(console, pack, held.now.date(), older_than, languages, as_json=as_json)
    elif code is not None:
        _explain(console, _rule(code, pack), pack, languages, as_json=as_json)
    elif as_json:
        click.echo(json.dumps([guide.row(rule) for rule in pack.rules], ensure_ascii=False, indent=1))
    else:
        _list(console, pack, languages)


def _rule(code: str, pack: Pack) -> PackRule:
    known = {rule.code: rule for rule in pack.rules}
    if code.upper() in known:
        return known[code.upper()]
    near = difflib.get_close_matches(code.upper(), known, n=3)
    hint = f" {', '.join(near)}?" if near else ""
    said = f"規範 {code} はありません。 / There is no rule {code}.{hint}"
    raise click.UsageError(said)


def _explain(console: Console, rule: PackRule, pack: Pack, languages: tuple[Language, ...], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(guide.table(rule, pack), ensure_ascii=False, indent=1, default=str))
        return
    for language in languages:
        # Links between pages lead nowhere in a terminal.
        page = _BETWEEN_PAGES.sub(r"\1", guide.page(rule, pack, language))
        console.print(Markdown(page, hyperlinks=False))
        console.print()


def _list(console: Console, pack: Pack, languages: tuple[Language, ...]) -> None:
    for letters, title in pack.families.items():
        found = [rule for rule in pack.rules if rule.family == letters]
        if not found:
            continue
        table = Table(title=_said(title, languages, " / "), title_justify="left", show_header=False, box=None)
        for _ in range(3):
            table.add_column(overflow="fold")
        for rule in found:
            asks = rule.detect["kind"] == "question"
            colour = "green" if asks else COLOURS[rule.severity]
            weighs = _ASKS if asks else wording.SEVERITIES[rule.severity]
            table.add_row(
                f"[bold]{rule.code}[/]",
                f"[{colour}]{_said(weighs, languages, ' ')}[/]",
                escape(_said(rule.title, languages, " / ")),
            )
        console.print(table)
        console.print()
    count = Bilingual(
        f"{len(pack.rules)} 規範（{pack.id} {pack.version}）", f"{len(pack.rules)} rules ({pack.id} {pack.version})"
    )
    console.print(_said(count, languages, " / "), markup=False)
    console.print(_said(guide.NO_LAWYER, languages, "\n"), markup=False)


def _cite(
    console: Console, pack: Pack, today: date, months: int, languages: tuple[Language, ...], *, as_json: bool
) -> None:
    doubtful = citations.stale(pack, today, months=months)
    if as_json:
        listed = [
            {
                "key": one.citation.key,
                "article": attrs.asdict(articles.named(one.citation.key, pack)),
                "rules": one.rules,
                "doubts": one.doubts,
                "months": one.months,
                "version": one.citation.version and one.citation.version.isoformat(),
            }
            for one in doubtful
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    table = Table(show_lines=True)
    for heading in ("条文 / Article", "規範 / Rules", "理由 / Why", "版 / Version"):
        table.add_column(heading, overflow="fold")
    for one in doubtful:
        why = "\n".join(_said(wording.DOUBTS[doubt], languages, " / ") for doubt in one.doubts)
        version = str(one.citation.version or "—")
        age = f"\n{one.months} か月 / months" if one.months is not None else ""
        article = _said(articles.named(one.citation.key, pack), languages, "\n")
        table.add_row(escape(article), " ".join(one.rules) or "—", escape(why), version + age)
    console.print(table)
    unconfirmed = len(citations.unconfirmed(pack))
    said = Bilingual(
        f"{len(pack.citations)} 条文のうち {len(doubtful)} 件。弁護士が確認していないもの {unconfirmed} 件。",
        f"{len(doubtful)} of {len(pack.citations)} articles; no lawyer has confirmed {unconfirmed} of them.",
    )
    console.print(_said(said, languages, "\n"), markup=False)


def _said(words: Bilingual, languages: tuple[Language, ...], between: str) -> str:
    return between.join(words.in_(language) for language in languages)
