"""A post that a rule blocks goes out when somebody entitled has waived that rule for it."""

from __future__ import annotations

import attrs
import pytest
from board import ACCOUNTS, ROSTER, Board
from city import draft, vault

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model import Decision, Finding, Severity, Waiver
from civicsns.program import Program

WORDS = Bilingual("公表前の住所です。", "This address is not public yet.")


@attrs.frozen
class Blocks:
    """A rule that blocks one word."""

    code: str = "TST001"
    title: Bilingual = WORDS

    def check(self, draft, context):
        if "青葉町" in draft.text:
            yield Finding(rule=self.code, severity=Severity.BLOCK, message=WORDS)


def town(board, *entitled):
    return Program(
        roster=ROSTER, adapters={"board": board}, rules=[Blocks()], vault=vault(ACCOUNTS.values()), entitled=entitled
    )


def waived(item, by="1"):
    waiver = Waiver(rule="TST001", by=by, digest=item.digest, reason="住所は今朝、本人が公表した")
    return Decision(by=item.author, digest=item.digest, waivers=[waiver])


def test_a_waived_post_goes_out_on_record():
    """
    It is delivered once, and who waived which rule and why is on record beside the text.
    """
    board, item = Board(), draft("会場は青葉町です。")
    program = town(board, "1")
    done = program.publish(item, decision=waived(item))
    record = next(one for one in program.store.records(item.digest) if one.event == "draft.waived")

    assert len(done.delivered) == 1
    assert (record.by, record.facts["rule"], record.facts["reason"]) == ("1", "TST001", "住所は今朝、本人が公表した")


@pytest.mark.parametrize("entitled", [(), ("2",)])
def test_a_waiver_by_anybody_else_sends_nothing(entitled):
    """
    Whoever is not named by the city waives nothing; that it was tried is on record, without the text.
    """
    board, item = Board(), draft("会場は青葉町です。")
    program = town(board, *entitled)
    with pytest.raises(NotPermitted):
        program.publish(item, decision=waived(item))
    refused = program.store.records(item.digest)[-1]

    assert board.calls == []
    assert (refused.event, refused.facts["waived"]) == ("draft.refused", "TST001 1")


def test_editing_takes_the_waiver_away():
    """
    A waiver is for one text: with another word in it, the post needs another one.
    """
    board, item = Board(), draft("会場は青葉町です。")
    program = town(board, "1")
    changed = attrs.evolve(item, text="会場は青葉町3丁目です。")
    decision = attrs.evolve(waived(item), digest=changed.digest)
    with pytest.raises(NotPermitted, match="changed after the waiver"):
        program.publish(changed, decision=decision)

    assert board.calls == []
