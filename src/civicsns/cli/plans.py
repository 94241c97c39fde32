"""What the command line shows of plans for people and accounts."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts.lifecycle import SIGNS, WORDS, Kind
from civicsns.lifecycle.application import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from rich.console import Console

    from civicsns.accounts.lifecycle import Notice, Plan, Prepared
    from civicsns.language import Bilingual
    from civicsns.lifecycle import Application, Undone

#: So many digits of a digest are shown, and are enough to name a plan.
DIGITS: Final = 12
_SHOWN: Final = 50
_TOLD: Final = 10
_NAMED: Final = 8
_COLOURS: Final = {"+": "green", "~": "yellow", "-": "red"}


def show(console: Console, plan: Plan, *, whole: bool) -> None:
    """Print a plan: each change with its sign, what to look at, the counts, and the digest."""
    if plan.changes:
        table = Table("", "日付\nFrom", "内容\nWhat", box=None, show_lines=False, title_justify="left")
        shown = plan.changes if whole else plan.changes[:_SHOWN]
        for change in shown:
            sign, word = SIGNS[change.kind], WORDS[change.kind]
            said = change.said
            day = change.effective.isoformat() if change.effective > plan.today else "すぐ / now"
            # A name and a section are the same in both languages but for the brackets.
            one_for_both = said.ja.replace("（", " (").replace("）", ")") == said.en
            what = said.ja if one_for_both else f"{said.ja}\n{said.en}"
            table.add_row(f"[{_COLOURS[sign]}]{sign}[/]", day, f"[bold]{word.ja} / {word.en}[/] {escape(what)}")
        console.print(table)
        if len(shown) < len(plan.changes):
            left = len(plan.changes) - len(shown)
            console.print(f"… ほか {left} 件（--all ですべて） / and {left} more (--all shows them)")
    _notices(console, plan.notices)
    console.print(
        _counted(plan.counts) or "変更はありません。 / There is nothing to change.", markup=False, soft_wrap=True
    )
    if plan.changes:
        console.print(
            f"計画 {plan.digest[:DIGITS]}: すぐに {len(plan.now)} 件、予定 {len(plan.later)} 件"
            f" / Plan {plan.digest[:DIGITS]}: {len(plan.now)} at once, {len(plan.later)} prepared",
            markup=False,
            soft_wrap=True,
        )


def as_json(plan: Plan) -> dict[str, Any]:
    """Give a plan as JSON has it."""
    return {
        "digest": plan.digest,
        "today": plan.today.isoformat(),
        "day": plan.day.isoformat(),
        "counts": {kind.value: count for kind, count in plan.counts.items()},
        "changes": [
            {
                "id": change.id,
                "kind": change.kind.value,
                "subject": change.subject,
                "effective": change.effective.isoformat(),
                "because": change.because,
                **_both(change.said),
            }
            for change in plan.changes
        ],
        "notices": [
            {
                "kind": notice.kind.value,
                "stops": notice.stops,
                "about": list(notice.about),
                "what": _both(notice.what),
                "mend": _both(notice.mend),
            }
            for notice in plan.notices
        ],
    }


def prepared(console: Console, shown: Sequence[Prepared], *, as_json: bool) -> None:
    """Print what is prepared for days to come."""
    if as_json:
        rows = [{**one.value, "kind": one.kind.value, "key": one.key} for one in shown]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not shown:
        console.print("予定されている変更はありません。 / Nothing is prepared.")
        return
    table = Table("", "日付\nFrom", "内容\nWhat", "職員\nBy", "適用\nApplication", box=None)
    for one in shown:
        sign, word = SIGNS[one.kind], WORDS[one.kind]
        _, _, about = one.key.split(" ", 2)
        cells = (one.effective.isoformat(), f"{word.ja} / {word.en} {about}", one.by, one.application)
        table.add_row(f"[{_COLOURS[sign]}]{sign}[/]", *(escape(cell) for cell in cells))
    console.print(table)


def applications(console: Console, shown: Sequence[Application], zone: tzinfo, *, as_json: bool) -> None:
    """Print what was put into effect."""
    if as_json:
        click.echo(json.dumps([{"id": one.id, **one.value} for one in shown], ensure_ascii=False, indent=2))
        return
    table = Table(show_lines=True)
    for heading in ("適用\nApplication", "日時\nAt", "職員\nBy", "状態\nState", "内容\nWhat", "理由\nReason"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        state = STATES[one.state]
        at = one.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        cells = (one.id, at, one.by or "—", f"{state.ja} / {state.en}", _counted(one.counted), one.reason)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)


def ended(console: Console, found: Application) -> None:
    """Print what became of an application."""
    state = STATES[found.state]
    console.print(f"{found.id}: {state.ja} / {state.en}（{found.changes}）", markup=False)
    for named, ja, en in (
        (
            found.skipped,
            "計画の後に変わったため、そのままにしました",
            "Left as they are, having changed since the plan",
        ),
        (found.left, "まだ閉鎖・引継ぎが済んでいません", "Still to be closed or handed over"),
    ):
        if named:
            console.print(f"{ja} / {en}: {_named(named)}", markup=False, soft_wrap=True)


def undone(console: Console, undone: Undone) -> None:
    """Print what became of taking an application back."""
    ended(console, undone.application)
    for one in undone.left:
        console.print(f"{one.about}: {one.why.ja}\n  {one.why.en}", markup=False, soft_wrap=True)


def _notices(console: Console, notices: Iterable[Notice]) -> None:
    of: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        of[notice.kind].append(notice)
    for same in of.values():
        for notice in same[:_TOLD]:
            mark = "[red]✗[/]" if notice.stops else "[yellow]![/]"
            what, mend = notice.what, notice.mend
            console.print(f"{mark} {escape(what.ja)}{escape(mend.ja)}", soft_wrap=True)
            console.print(f"  {escape(what.en)} {escape(mend.en)}", soft_wrap=True)
        if len(same) > _TOLD:
            console.print(f"  … ほか {len(same) - _TOLD} 件 / and {len(same) - _TOLD} more such")


def _counted(counts: Mapping[Kind, int]) -> str:
    ja = "、".join(f"{SIGNS[kind]}{counts[kind]} {WORDS[kind].ja}" for kind in Kind if kind in counts)
    en = ", ".join(f"{SIGNS[kind]}{counts[kind]} {WORDS[kind].en}" for kind in Kind if kind in counts)
    return f"{ja} / {en}" if ja else ""


def _named(named: Sequence[str]) -> str:
    more = f" … (+{len(named) - _NAMED})" if len(named) > _NAMED else ""
    return " ".join(named[:_NAMED]) + more


def _both(said: Bilingual) -> dict[str, str]:
    return {"ja": said.ja, "en": said.en}
