"""The proof that the adapter keeps the contract."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest
from noticeboard import NoticeboardAdapter
from practice_noticeboard import PracticeNoticeboard

from civicsns.model import Account, Credential, CredentialKind, Secret
from civicsns.testing.contract import AdapterContract, ContractBench, Held, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.testing.clock import PracticeClock


def noticeboard_bench(
    board: PracticeNoticeboard, clock: PracticeClock, adapter_type: type[NoticeboardAdapter] = NoticeboardAdapter
) -> ContractBench:
    """Put the adapter and the board on one bench."""

    def adapter(seconds: float) -> NoticeboardAdapter:
        settings = {"base_url": board.url, "app": "civicsns", "timeout": seconds}
        return adapter_type.configure(settings, place="[networks.noticeboard]", clock=clock)

    return ContractBench(
        adapter=adapter(2),
        hasty=adapter(0.3),
        account=Account(id="noticeboard:library", platform="noticeboard", network_id="library"),
        credential=Credential(
            platform="noticeboard",
            kind=CredentialKind.OTHER,
            secrets={"token": Secret(board.token("library", "civicsns"))},
            subject="library",
        ),
        network=board,
        held=lambda: [
            Held(id=one.id, text=one.text, alt_texts=one.alt_texts, answers=one.answers)
            for one in board.notices.values()
        ],
        by_another=lambda text: board.put_up("library", text),
        pass_time=lambda seconds: clock.advance(timedelta(seconds=seconds)),
        now=clock.now,
        mention=lambda text: board.write("library", "市民", text),
    )


class TestNoticeboard(AdapterContract):
    """Every check of the contract, on the practice board."""

    adapter_type = NoticeboardAdapter
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.PUBLISH: ("create",),
        Operation.FIND: ("list",),
        Operation.DELETE: ("delete",),
        Operation.UPLOAD: ("picture",),
        Operation.EDIT: ("edit",),
        Operation.MENTIONS: ("letters",),
    }

    @pytest.fixture
    def bench(self, practice_clock: PracticeClock) -> Iterator[ContractBench]:
        """A fresh board for each check."""
        with PracticeNoticeboard(clock=practice_clock) as board:
            yield noticeboard_bench(board, practice_clock)
