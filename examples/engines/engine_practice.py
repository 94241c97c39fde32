"""The same broadcast for every engine: three accounts on the practice networks, one answer lost on the way."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from civicsns import DeliveryState, Draft, Program
from civicsns.testing.sandbox import Fault, Sandbox, programme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.ports import Engine

PEOPLE = "number,name\n1001,佐賀 花子\n"
ACCOUNTS = (
    "id,platform,handle,steward\n"
    "x:1,x,takeo_kanko,1001\nfacebook:1,facebook,takeo,1001\nfacebook:2,facebook,takeo.bosai,1001\n"
)


@contextmanager
def practice(engine: Engine) -> Iterator[tuple[Program, Sandbox]]:
    """Run the practice networks, and open a programme that delivers by *engine*."""
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        people, accounts = Path(folder, "staff.csv"), Path(folder, "list.csv")
        people.write_text(PEOPLE, encoding="utf-8")
        accounts.write_text(ACCOUNTS, encoding="utf-8")
        settings = programme.write(sandbox, people=people, accounts=accounts, into=Path(folder, "practice"))
        with Program.open(settings, engine=engine) as program:
            yield program, sandbox


def broadcast(program: Program, sandbox: Sandbox) -> None:
    """Post to three accounts, lose one answer, and see that each has the post exactly once."""
    sandbox.x.faults.order(Fault.RESET, on="create")
    done = program.publish(Draft(author="1001", text="佐賀牛が売り切れました", accounts=list(program.roster.accounts)))
    for result in done.results:
        print(f"{result.rendition.account}: {result.state}, {result.receipt and result.receipt.proof}")
    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert len(sandbox.x.posts()) == 1
    assert [len(sandbox.graph.posts(page)) for page in sandbox.graph.pages] == [1, 1]
