"""
What people and accounts cost at the size of a large city: to read a roster, to plan by it, and to put that into effect.

Of the staff, so many in a hundred change: most move, some leave, as many join. Everybody has a personal account, and
every section one of its own. The register is in SQLite. Each part runs in a process of its own, which tells its memory.

Run: python benchmarks/accounts.py [roster] [plan] [--people 100000]
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from openpyxl import Workbook

from civicsns.accounts import register
from civicsns.accounts import roster as tables
from civicsns.accounts.lifecycle import Wanted
from civicsns.accounts.table import RosterError
from civicsns.clock import SystemClock
from civicsns.config import LifecycleSettings, PersonalAccounts
from civicsns.lifecycle import Lifecycle
from civicsns.model import Account, Fact, Person
from civicsns.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Iterator

SURNAMES = [
    "田中",
    "山口",
    "松尾",
    "古賀",
    "中島",
    "池田",
    "井上",
    "吉田",
    "江口",
    "原田",
    "山下",
    "西村",
    "森",
    "福田",
    "野口",
    "前田",
    "馬場",
    "川崎",
    "石橋",
    "宮崎",
]
GIVEN = [
    "花子",
    "美咲",
    "陽子",
    "恵",
    "由美",
    "直美",
    "千尋",
    "明日香",
    "翔",
    "健太",
    "大輔",
    "誠",
    "拓也",
    "直樹",
    "和也",
    "浩二",
    "修",
    "豊",
    "一郎",
    "二郎",
]
PEOPLE = 100_000
CHANGED = 0.2
#: Of this process: what else the machine does is left out. The disk is waited for when a plan is put into effect.
clock = time.process_time
#: Facts put at once while the register is filled.
FILLED = 2_000


def staff(count: int) -> dict[str, Person]:
    """Invent people; the same every time."""
    chance = random.Random(2010)
    sections = [f"第{number}課" for number in range(1, max(count // 15, 2))]
    return {
        f"{number:06}": Person(
            number=f"{number:06}",
            name=f"{chance.choice(SURNAMES)} {chance.choice(GIVEN)}{chance.choice(GIVEN)}",
            section=chance.choice(sections),
            post=chance.choice(["", "", "係長", "課長"]),
            since=date(2010 + number % 15, 4, 1),
        )
        for number in range(1, count + 1)
    }


def accounts(people: dict[str, Person]) -> dict[str, Account]:
    """Give everybody a connected account, and every section one."""
    stewards: dict[str, str] = {}
    made: dict[str, Account] = {}
    for number, one in people.items():
        stewards.setdefault(one.section, number)
        made[f"x:{number}"] = Account(
            id=f"x:{number}",
            platform="x",
            handle=f"city_{number}",
            network_id=f"9{number}",
            section=one.section,
            steward=number,
            personal=True,
        )
    for section, steward in stewards.items():
        made[f"facebook:{section}"] = Account(
            id=f"facebook:{section}", platform="facebook", handle=section, section=section, steward=steward
        )
    return made


def season(people: dict[str, Person]) -> dict[str, Person]:
    """Let some move, some leave and some join; the first stays, and does it."""
    chance = random.Random(2011)
    changed = chance.sample(sorted(people)[1:], int(CHANGED * len(people)))
    leave = set(changed[: len(changed) // 5])
    move = set(changed[len(changed) // 5 :])
    sections = sorted({one.section for one in people.values()})
    after = {
        number: attrs.evolve(one, section=chance.choice(sections)) if number in move else one
        for number, one in people.items()
        if number not in leave
    }
    for number in range(len(people) + 1, len(people) + 1 + len(leave)):
        name = f"{chance.choice(SURNAMES)} {chance.choice(GIVEN)}{chance.choice(GIVEN)}"
        after[f"{number:06}"] = Person(number=f"{number:06}", name=name, section=chance.choice(sections))
    return after


def fill(store: SqlStore, people: dict[str, Person], held: dict[str, Account]) -> None:
    """Put a register into a store."""
    facts = [Fact(kind=register.PERSON, key=one.number, value=register.person_value(one)) for one in people.values()]
    facts += [Fact(kind=register.ACCOUNT, key=one.id, value=register.account_value(one)) for one in held.values()]
    for start in range(0, len(facts), FILLED):
        store.put_all([(None, fact) for fact in facts[start : start + FILLED]])


def plan(count: int) -> None:
    """Plan a season of transfers, put it into effect, and take it back."""
    people = staff(count)
    with tempfile.TemporaryDirectory() as directory:
        store = SqlStore(Path(directory, "accounts.db"))
        fill(store, people, accounts(people))
        lifecycle = Lifecycle(
            store=store,
            clock=SystemClock(),
            zone=UTC,
            settings=LifecycleSettings(personal={"x": PersonalAccounts(handle="city_{number}")}),
        )
        wanted = Wanted(people=season(people))
        began = clock()
        made = lifecycle.plan(wanted)
        planned = clock()
        digest = made.digest
        summed = clock()
        print(f"{count:,} people, {len(made.changes):,} changes, {len(made.notices):,} notices, {digest[:8]}")
        print(f"plan {planned - began:.1f} s, its digest {summed - planned:.1f} s")
        done = lifecycle.apply(made, by="000001", reason="異動")
        applied = clock()
        again = lifecycle.plan(wanted)
        print(f"apply {applied - summed:.1f} s, {len(done.left) if done else 0:,} left to close")
        print(f"plan again {clock() - applied:.1f} s, {len(again.changes):,} changes")
        began = clock()
        lifecycle.undo(done.id, by="000001", reason="誤り") if done else None
        print(f"undo {clock() - began:.1f} s")
        store.close()
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")


def roster(count: int) -> None:
    """Read a roster as a personnel system writes it, also one in which every row is wrong, and plan by it."""
    people = staff(count)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "roster.csv")
        file.write_bytes(exported(season(people)))
        store = SqlStore(Path(directory, "accounts.db"))
        fill(store, people, accounts(people))
        lifecycle = Lifecycle(store=store, clock=SystemClock(), zone=UTC, settings=LifecycleSettings())
        began = clock()
        read = tables.staff(file)
        done = clock()
        wanted = Wanted(people=read.people, dates=read.dates, columns=read.columns)
        made = lifecycle.plan(wanted)
        planned = clock()
        print(f"{len(read.people):,} people of {file.stat().st_size / 1e6:.1f} MB, {len(read.remarks)} remarks")
        print(f"read {done - began:.1f} s, plan {planned - done:.1f} s, {len(made.changes):,} changes")
        store.close()
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")
        file.write_bytes(exported(people).replace(b",H", b",H9"))
        began = clock()
        try:
            tables.staff(file)
        except RosterError as error:
            said = clock()
            print(f"{len(error.faults):,} faults told in {said - began:.1f} s")
        sheet = Path(directory, "roster.xlsx")
        book = Workbook(write_only=True)
        written = book.create_sheet("名簿")
        for row in islice(rows(people), count // 10 + 1):
            written.append(row)
        book.save(sheet)
        began = clock()
        found = tables.staff(sheet)
        print(f"Excel: {len(found.people):,} people in {clock() - began:.1f} s")


def rows(people: dict[str, Person]) -> Iterator[list[str]]:
    """Give a roster's rows as a personnel system has them: ten columns, years of eras, wide spaces in names."""
    yield ["職員番号", "氏名", "カナ氏名", "所属コード", "所属名", "職名", "職種", "採用年月日", "任期満了日", "発令日"]
    for one in people.values():
        year = one.since.year if one.since else 2026
        hired = f"H{year - 1988}.4.1" if year < 2020 else f"R{year - 2018}.4.1"
        name = one.name.replace(" ", "\u3000")
        code = one.section.strip("第課").zfill(5)
        yield [one.number, name, "ｻｶﾞ ﾊﾅｺ", code, one.section, one.post, one.job, hired, "", "R8.4.1"]


def exported(people: dict[str, Person]) -> bytes:
    """Write a roster in Shift_JIS."""
    return "".join(",".join(row) + "\r\n" for row in rows(people)).encode("cp932")


PARTS = {"roster": roster, "plan": plan}


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all unless given")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        if given.here:
            PARTS[part](given.people)
        else:
            print(f"-- {part}", flush=True)
            subprocess.run([sys.executable, __file__, part, "--people", str(given.people), "--here"], check=True)


if __name__ == "__main__":
    main()
