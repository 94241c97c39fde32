"""Corrections, tied to what they correct."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from city import HOUR, NOW, THREAD, draft, unknown
from wall import EditableWall, Wall, World, later, published, world

from civicsns.accounts.permission import MayNot
from civicsns.errors import BadInput, NotPermitted, Unsupported
from civicsns.model import DeliveryState
from civicsns.posting.correction import Linking
from civicsns.posting.hold import Scope


def correct(shown: World, original: str, text: str = "（訂正）正しくは5日です。", **changes: Any) -> Any:
    accounts = changes.pop("accounts", ["a"])
    given = {"by": "1", "reason": "日付の誤り", **changes}
    return shown.program.correct(original, draft(text, accounts=accounts), **given)


@pytest.mark.parametrize(
    ("can", "linking", "answers", "quotes", "text"),
    [
        ({}, Linking.ANSWER, True, False, "（訂正）正しくは5日です。"),
        ({"replies": False}, Linking.ANSWER, False, True, "（訂正）正しくは5日です。"),
        ({}, Linking.QUOTE, False, True, "（訂正）正しくは5日です。"),
        (
            {"replies": False, "quotes": False},
            Linking.ANSWER,
            False,
            False,
            "（訂正）正しくは5日です。\nhttps://wall.example/1",
        ),
        ({"quotes": False}, Linking.QUOTE, False, False, "（訂正）正しくは5日です。\nhttps://wall.example/1"),
        ({}, Linking.ALONE, False, False, "（訂正）正しくは5日です。"),
    ],
)
def test_a_correction_is_tied_to_its_original(
    can: dict[str, Any], linking: Linking, answers: bool, quotes: bool, text: str
):
    """
    As an answer, a quote or by its address, as the network can; both posts' records name each other.
    """
    shown = world(Wall(**can))
    (out,) = published(shown)
    done = correct(shown, out.id, linking=linking)
    (made,) = done.publication.results
    sent = shown.wall.posts["2"]
    records = shown.program.store.records(made.draft)

    assert (answers, quotes, text) == (sent.reply_to is not None, sent.body["quote"] is not None, sent.text)
    assert {"1"} >= {sent.reply_to.id if sent.reply_to else "1", sent.body["quote"] or "1"}
    assert [("delivery.corrected", "日付の誤り")] == shown.hands(out.id)
    assert [(out.draft, out.id)] == [
        (record.facts["draft"], record.facts["deliveries"]) for record in records if record.event == "draft.corrects"
    ]
    assert [out] == list(done.originals)


def test_a_draft_is_corrected_under_each_of_its_accounts():
    """
    Each correction answers the original of its own account; a thread is answered at its beginning.
    """
    shown = world()
    item = draft(THREAD, accounts=["a", "b"], thread=True)
    shown.program.publish(item)
    before = {number: post.account for number, post in shown.wall.posts.items() if post.reply_to is None}
    correct(shown, item.digest, accounts=["b", "a"])
    made = [post for post in shown.wall.posts.values() if post.text.startswith("（訂正）")]

    assert {"a", "b"} == {post.account for post in made}
    assert all(post.reply_to is not None and before[post.reply_to.id] == post.account for post in made)


def test_the_original_goes_only_once_the_correction_is_out():
    """
    Where the correction is not delivered the original stays; nobody is left without either.
    """
    shown = world()
    (out,) = published(shown)
    shown.wall.sends = [unknown()]
    waits = correct(shown, out.id, linking=Linking.ALONE, delete_original=True, patience=timedelta(0))
    (other,) = published(shown, "別のお知らせ")
    done = correct(shown, other.id, "（訂正）別の日です。", linking=Linking.ALONE, delete_original=True)

    assert [DeliveryState.DELIVERED] == [one.state for one in waits.originals]
    assert [DeliveryState.DELETED] == [one.state for one in done.originals]
    assert ["お知らせです。", "（訂正）別の日です。"] == shown.texts()


def test_a_post_is_corrected_by_editing_it():
    """
    Where the network lets an app edit, the original itself says what is right; that is on record, and so is a failure.
    """
    shown = world(EditableWall())
    (out,) = published(shown)
    shown.wall.changes = [unknown()]
    failed = correct(shown, out.id, linking=Linking.EDIT)
    done = correct(shown, out.id, linking=Linking.EDIT)
    (edited,) = done.publication.results

    assert ["OutcomeUnknown"] == [one.failure.outcome for one in failed.originals]
    assert ["（訂正）正しくは5日です。"] == shown.texts()
    assert ("（訂正）正しくは5日です。", DeliveryState.DELIVERED, None) == (
        edited.rendition.text,
        edited.state,
        edited.failure,
    )
    assert ["corrected", "edit_begun", "edit_failed", "corrected", "edit_begun", "edited"] == [
        event.removeprefix("delivery.") for event, _ in shown.hands(out.id)
    ]


def test_what_cannot_be_corrected_is_refused_before_anything_happens():
    """
    Nothing published to correct, no way to edit, a post that answers another one, no address: each says so.
    """
    shown = world(EditableWall())
    (planned,) = later(shown)
    parts = published(shown, THREAD, thread=True)
    (out,) = published(shown)
    plain = world(Wall(replies=False, quotes=False, url=""))
    (nowhere,) = published(plain)
    posts = dict(shown.wall.posts)
    answer = attrs.evolve(draft("（訂正）"), reply_to=out.receipt.post if out.receipt else None)

    with pytest.raises(BadInput, match="no published post to correct under a"):
        correct(shown, planned.id)
    with pytest.raises(BadInput, match="no published post to correct under b"):
        correct(shown, out.id, accounts=["b"])
    with pytest.raises(BadInput, match="Only the words of a single post"):
        correct(shown, parts[1].id, linking=Linking.EDIT)
    with pytest.raises(BadInput, match="and no other"):
        shown.program.correct(out.id, answer, by="1", reason="誤り")
    with pytest.raises(BadInput, match="no reason"):
        correct(shown, out.id, reason="")
    with pytest.raises(NotPermitted):
        correct(shown, out.id, "個人番号 123456789018")
    with pytest.raises(NotPermitted):
        correct(shown, out.id, "個人番号 123456789018", linking=Linking.EDIT)
    with pytest.raises(Unsupported, match="cannot be edited"):
        correct(plain, nowhere.id, linking=Linking.EDIT)
    with pytest.raises(Unsupported, match="address of the original is not known"):
        correct(plain, nowhere.id)

    assert posts == shown.wall.posts
    assert [] == shown.hands(out.id)
    assert 1 == len(plain.wall.posts)


def test_no_words_change_while_posting_is_on_hold():
    """
    An edit puts new words before the public as a post does, and at once: while the account is on hold it is refused.
    """
    shown = world(EditableWall())
    (out,) = published(shown)
    shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="確認中")
    with pytest.raises(MayNot, match="on hold"):
        correct(shown, out.id, linking=Linking.EDIT)
    words = draft("正しくは5日です。", not_before=NOW + HOUR)
    with pytest.raises(BadInput, match="on hold"):
        shown.program.correct(out.id, words, by="1", reason="日付の誤り", linking=Linking.EDIT)

    assert ["お知らせです。"] == shown.texts()
    assert [] == shown.hands(out.id)


def test_an_original_that_cannot_be_deleted_hides_no_correction():
    """
    The correction is out; that the original still has a part nobody knows of stops its deletion, and nothing else.
    """
    shown = world()

    def lost() -> None:
        raise unknown()

    shown.wall.sends = [lambda: None, lost]
    first, second, *_ = shown.program.publish(draft(THREAD, thread=True), patience=timedelta(0)).results
    done = correct(shown, first.id, linking=Linking.ALONE, delete_original=True)

    assert DeliveryState.UNKNOWN is shown.state(second)
    assert [DeliveryState.DELIVERED] == [one.state for one in done.publication.results]
    assert [DeliveryState.DELIVERED] == [one.state for one in done.originals]
