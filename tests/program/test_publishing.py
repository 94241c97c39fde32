"""What is published, what is refused, what is given to people; and what of it goes on record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from board import ROSTER, Board, Handing, world
from city import PACK, PNG, draft

from civicsns.errors import BadInput, ConfigurationError, NotPermitted, TextTooLong
from civicsns.model import Account, Capacity, Decision, DeliveryState, Media, Rendition
from civicsns.program import Program


def test_one_post_reaches_every_account():
    """
    Each account gets its own delivery, under its own token, once.
    """
    shown = world(Board())
    done = shown.program.publish(draft(accounts=["a", "b", "c"]))

    assert ["a", "b", "c"] == [result.rendition.account for result in done.results]
    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert {"publish a token-a", "publish b token-b", "publish c token-c"} == set(shown.board.calls)
    assert 3 == len(shown.board.calls)
    assert done.settled
    assert 3 == len(done.delivered)


@pytest.mark.parametrize(
    ("changes", "kind", "place"),
    [
        ({"accounts": ["a", "d"]}, BadInput, "accounts"),
        ({"accounts": []}, BadInput, "accounts"),
        ({"accounts": ["a", "a"]}, BadInput, "accounts"),
        ({"author": "2"}, BadInput, "author"),
        ({"text": ""}, BadInput, "text"),
        ({"text": "あ" * 61}, TextTooLong, "text"),
        ({"text": "個人番号 123456789018"}, NotPermitted, "text"),
        ({"text": "090-1234-5678"}, NotPermitted, "text"),
        ({"media": [Media(content=PNG, media_type="image/png")]}, NotPermitted, "text"),
    ],
)
def test_nothing_leaves_before_everything_is_right(changes: dict[str, Any], kind: type[Exception], place: str):
    """
    Bad input and a rule's refusal name their place, and no call is made for any account.
    """
    shown = world(Board())
    with pytest.raises(kind) as raised:
        shown.program.publish(draft(**changes))

    assert place == raised.value.place  # type: ignore[attr-defined]
    assert [] == shown.board.calls


def test_the_decision_is_recorded():
    """
    Who let a post pass, and why, is on record with the draft.
    """
    shown = world(Board())
    item = draft("担当は 090-1234-5678")
    shown.program.publish(item, decision=Decision(by="1", digest=item.digest, reason="本人の了承あり"))
    records = shown.program.store.records(item.digest)

    assert ["draft.made", "draft.checked", "draft.decided"] == [record.event for record in records]
    assert {"1"} == {record.by for record in records}
    assert "担当は 090-1234-5678" == records[0].facts["text"]
    assert ("PII002", "review") == (records[1].facts["found"], records[1].facts["severity"])
    assert "本人の了承あり" == records[2].facts["reason"]


def test_a_refusal_is_on_record():
    """
    What the rules do not let pass is on record without its text; a private draft's refusal is not.
    """
    shown = world(Handing())
    official, private = draft("個人番号 123456789018"), draft("個人番号 123456789018", capacity=Capacity.PRIVATE)
    for item in (official, private):
        for refused in (shown.program.publish, lambda item: shown.program.hand_off(item, "a")):
            with pytest.raises(NotPermitted):
                refused(item)
    records = shown.program.store.records(official.digest)

    assert ["draft.checked", "draft.refused"] * 2 == [record.event for record in records]
    assert "123456789018" not in repr([dict(record.facts) for record in records])
    assert [] == shown.program.store.records(private.digest)


def test_of_a_private_post_the_least_is_on_record():
    """
    A private post goes out like any other, and its records say neither who, nor where, nor what.
    """
    shown = world(Board())
    item = draft(capacity=Capacity.PRIVATE)
    (delivered,) = shown.program.publish(item).results
    records = [*shown.program.store.records(item.digest), *shown.program.store.records(delivered.id)]

    assert DeliveryState.DELIVERED is delivered.state
    assert 4 == len(records)
    assert {("", ("capacity", "private"))} == {(record.by, fact) for record in records for fact in record.facts.items()}


def test_an_unknown_network_is_named():
    """
    An account on a network that nobody set up is refused before anything is sent.
    """
    elsewhere = attrs.evolve(ROSTER, accounts={"z": Account(id="z", platform="elsewhere", steward="1")})
    program = Program(roster=elsewhere, adapters={}, pack=PACK)
    with pytest.raises(ConfigurationError, match=r"networks\.elsewhere"):
        program.publish(draft(accounts=["z"]))


def test_progress_shows_every_change():
    """
    Whoever watches sees each state, in order.
    """
    seen: list[DeliveryState] = []
    shown = world(Board())
    shown.program.publish(draft(), progress=lambda delivery: seen.append(delivery.state))

    assert [DeliveryState.PENDING, DeliveryState.DELIVERED] == seen


def test_a_lookalike_rule_code_is_refused(tmp_path: Path):
    """
    A severity for a rule that does not exist is a mistake that would otherwise go unseen.
    """
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    (tmp_path / "civicsns.toml").write_text(
        '[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
        '[policy]\npacks = ["jp-municipal"]\nseverity = { SIM01 = "block" }\n[networks]\n',
        encoding="utf-8",
    )
    with pytest.raises(BadInput, match="Did you mean 'SIM001'"):
        Program.open(tmp_path / "civicsns.toml")


def test_an_unknown_plugin_is_named(tmp_path: Path):
    """
    A rule set or a network that is not installed is named, with what there is.
    """
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    for rules, networks, said in (
        ('["bascis"]', "[networks]", "There is no plugin 'bascis'"),
        ("[]", "[networks.mixi]", "There is no plugin 'mixi'"),
    ):
        (tmp_path / "civicsns.toml").write_text(
            '[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
            f"[policy]\nrules = {rules}\n{networks}\n",
            encoding="utf-8",
        )
        with pytest.raises(ConfigurationError, match=said):
            Program.open(tmp_path / "civicsns.toml")


def test_looking_sends_nothing():
    """
    `check` and `prepare` tell what would happen, and do none of it.
    """
    shown = world(Board())
    item = draft("担当は 090-1234-5678", accounts=["a", "b"])
    renditions: Sequence[Rendition] = shown.program.prepare(item)

    assert ["PII002"] == [finding.rule for finding in shown.program.check(item).findings]
    assert ["a", "b"] == [rendition.account for rendition in renditions]
    assert [] == shown.board.calls
