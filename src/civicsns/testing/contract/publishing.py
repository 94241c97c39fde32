"""What the kit asks of `publish`, `find`, `delete`, `upload` and `edit` when the network is well."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, D205, SIM300

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import attrs

from civicsns.errors import AuthorizationLost, OutcomeUnknown, UnknownReason
from civicsns.model import Idempotency, Proof, Receipt
from civicsns.testing.contract.operations import Operation, needs
from civicsns.testing.contract.steps import (
    OTHER_TEXT,
    TEXT,
    calls_of,
    outcome_of,
    published,
    refused,
    succeeded,
    uploaded,
)
from civicsns.testing.sandbox.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.testing.contract.bench import ContractBench

#: Longer than any adapter allows for clocks that disagree, shorter than the life of an access token.
_AN_HOUR = 3600.0


class PublishingChecks:
    """The life of one post."""

    calls: ClassVar[Mapping[Operation, tuple[str, ...]]]

    def test_publish_makes_one_post_by_one_call(self, bench: ContractBench) -> None:
        """
        The network then holds exactly one post more, with the text, and the receipt names it.
        """
        before = {post.id for post in bench.held()}
        started = bench.now()
        rendition, receipt = published(bench)
        made = [post for post in bench.held() if post.id not in before]

        assert [receipt.post_id] == [post.id for post in made]
        assert TEXT in made[0].text
        assert 1 == calls_of(bench, self.calls[Operation.PUBLISH])
        assert (rendition.platform, rendition.account) == (receipt.platform, receipt.account)
        assert Proof.ANSWERED is receipt.proof
        assert abs(receipt.at - started) < timedelta(minutes=5), f"Receipt.at is {receipt.at}."
        assert receipt.url == "" or urlsplit(receipt.url).scheme in {"http", "https"}
        assert receipt.post.id == receipt.post_id

    def test_publish_carries_pictures_with_their_alt_texts(self, bench: ContractBench) -> None:
        """
        The post that the network holds has every picture, in order, each with its alt text.
        """
        images = min(bench.adapter.limits.media.images, 2)
        media = tuple(
            attrs.evolve(bench.picture, content=bench.picture.content + bytes([number]), alt_text=f"写真その{number}")
            for number in range(images)
        )
        _, receipt = published(bench, media=media)
        held = next(post for post in bench.held() if post.id == receipt.post_id)

        assert tuple(item.alt_text for item in media) == held.alt_texts

    def test_publish_answers_the_post_that_is_filled_in_late(self, bench: ContractBench) -> None:
        """
        `Rendition.reply_to`, which the ledger fills for the second part of a thread, reaches the network.
        """
        if not bench.adapter.limits.replies:
            return
        _, first = published(bench)
        prepared = bench.adapter.prepare(bench.draft(OTHER_TEXT), bench.account)
        part = attrs.evolve(prepared, reply_to=first.post)
        receipt = succeeded(bench, lambda: bench.adapter.publish(part, bench.credential))
        held = next(post for post in bench.held() if post.id == receipt.post_id)

        assert first.post_id == held.answers

    def test_publish_at_a_later_time_is_scheduled_by_the_network(self, bench: ContractBench) -> None:
        """
        Where `limits.schedule` is given, the network holds the post for that time and the receipt says so.
        """
        schedule = bench.adapter.limits.schedule
        if schedule is None:
            return
        moment = (bench.now() + (schedule.soonest + schedule.latest) / 2).replace(microsecond=0)
        _, receipt = published(bench, publish_at=moment)
        held = next(post for post in bench.held() if post.id == receipt.post_id)

        assert moment == receipt.scheduled_for
        assert moment == held.scheduled_for

    def test_publish_twice_is_never_called_one_post(self, bench: ContractBench) -> None:
        """
        The same again is a second post with an id of its own, or the same post under an idempotency key, or, where
        the network refuses duplicates, `OutcomeUnknown`: the post that it has may be ours or somebody else's.
        """
        rendition, first = published(bench)
        second = outcome_of(bench, lambda: bench.adapter.publish(rendition, bench.credential))
        held = [post.id for post in bench.held()]

        if isinstance(second, OutcomeUnknown):
            assert UnknownReason.DUPLICATE is second.reason
            assert [first.post_id] == held
        elif isinstance(second, Receipt) and second.post_id == first.post_id:
            assert Idempotency.KEY is bench.adapter.limits.idempotency, "A refused duplicate is no success."
            assert [first.post_id] == held
        else:
            assert isinstance(second, Receipt), f"A refused duplicate must be OutcomeUnknown, not {second!r}"
            assert sorted([first.post_id, second.post_id]) == sorted(held)

    def test_publish_goes_by_the_key_of_each_delivery(self, bench: ContractBench) -> None:
        """
        Where the network recognises a repeated request, the same `Rendition.key` is one post, and another key is
        another post, also with the same words: a city may want them twice.
        """
        if bench.adapter.limits.idempotency is not Idempotency.KEY:
            return
        prepared = bench.adapter.prepare(bench.draft(TEXT), bench.account)
        one, other = (attrs.evolve(prepared, key=key) for key in ("a3f2c1", "a3f2c1-7"))
        made = [
            succeeded(bench, lambda: bench.adapter.publish(wanted, bench.credential)).post_id  # noqa: B023 -- at once
            for wanted in (one, one, other)
        ]

        assert made[0] == made[1], "The same key made two posts."
        assert made[1] != made[2], "A post with a key of its own was taken for another."
        assert sorted(set(made)) == sorted(post.id for post in bench.held())

    def test_find_finds_what_was_published(self, bench: ContractBench) -> None:
        """
        The post is found, under its own id, and the receipt says that it was read back.
        """
        since = bench.now() - timedelta(seconds=1)
        rendition, receipt = published(bench)
        found = succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since))

        assert isinstance(found, Receipt), f"The post is on the network, and find gave {found!r}"
        assert receipt.post_id == found.post_id
        assert Proof.READ_BACK is found.proof
        assert receipt.account == found.account

    def test_find_finds_a_post_with_pictures(self, bench: ContractBench) -> None:
        """
        The rendition with its uploads is recognised too.
        """
        since = bench.now() - timedelta(seconds=1)
        media = (bench.picture,) if bench.adapter.limits.media.images else ()
        rendition, receipt = published(bench, media=media)
        found = succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since))

        assert found is not None
        assert receipt.post_id == found.post_id

    def test_find_gives_none_for_what_was_not_published(self, bench: ContractBench) -> None:
        """
        Another post of ours is not taken for it.
        """
        since = bench.now() - timedelta(seconds=1)
        published(bench)
        other = bench.adapter.prepare(bench.draft(OTHER_TEXT), bench.account)

        assert succeeded(bench, lambda: bench.adapter.find(other, bench.credential, since=since)) is None

    def test_find_gives_none_for_somebody_elses_post(self, bench: ContractBench) -> None:
        """
        The same words by somebody else, or by hand, are not ours: the ledger would take a lost post for delivered.
        """
        since = bench.now() - timedelta(seconds=1)
        rendition = bench.adapter.prepare(bench.draft(TEXT), bench.account)
        bench.by_another(TEXT)

        assert succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since)) is None

    def test_find_leaves_out_what_became_of_other_deliveries(self, bench: ContractBench) -> None:
        """
        A city may want the same words twice: the post of the first delivery does not prove the second.
        """
        since = bench.now() - timedelta(seconds=1)
        rendition, receipt = published(bench)
        apart_from = {receipt.post_id}
        found = succeeded(
            bench, lambda: bench.adapter.find(rendition, bench.credential, since=since, apart_from=apart_from)
        )

        assert found is None

    def test_find_looks_only_at_posts_after_the_given_time(self, bench: ContractBench) -> None:
        """
        Yesterday's "closed today" is not today's.
        """
        rendition, _ = published(bench)
        bench.pass_time(_AN_HOUR)
        since = bench.now()

        assert succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since)) is None

    def test_find_waits_for_a_post_that_is_listed_late(self, bench: ContractBench) -> None:
        """
        While the network does not list the post, find gives None; then it finds it.
        """
        since = bench.now() - timedelta(seconds=1)
        rendition = bench.adapter.prepare(bench.draft(TEXT), bench.account)
        for call in self.calls[Operation.PUBLISH]:
            bench.network.faults.order(Fault.HIDDEN, on=call, reads=1)
        receipt = succeeded(bench, lambda: bench.adapter.publish(rendition, bench.credential))
        first = succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since))
        second = succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since))

        assert first is None
        assert second is not None
        assert receipt.post_id == second.post_id

    def test_delete_takes_the_post_away(self, bench: ContractBench) -> None:
        """
        The network holds it no longer; what else it holds stays.
        """
        _, kept = published(bench, OTHER_TEXT)
        _, receipt = published(bench)
        succeeded(bench, lambda: bench.adapter.delete(receipt, bench.credential))

        assert [kept.post_id] == [post.id for post in bench.held()]

    def test_deleting_twice_is_a_success(self, bench: ContractBench) -> None:
        """
        A post that is gone already is what was wanted.
        """
        _, receipt = published(bench)
        succeeded(bench, lambda: bench.adapter.delete(receipt, bench.credential))
        succeeded(bench, lambda: bench.adapter.delete(receipt, bench.credential))

        assert [] == list(bench.held())

    def test_delete_with_a_dead_token_is_no_success(self, bench: ContractBench) -> None:
        """
        The post is still there, and the adapter says that the authorisation is lost.
        """
        _, receipt = published(bench)
        error = refused(bench, lambda: bench.adapter.delete(receipt, bench.wrong(bench.credential)))

        assert isinstance(error, AuthorizationLost), f"{error!r}"
        assert [receipt.post_id] == [post.id for post in bench.held()]

    @needs(Operation.UPLOAD)
    def test_upload_publishes_nothing_and_is_safe_to_repeat(self, bench: ContractBench) -> None:
        """
        After two uploads the network holds no post; publishing then makes one, which has the picture once.
        """
        prepared = bench.adapter.prepare(bench.draft(TEXT, media=(bench.picture,)), bench.account)
        uploaded(bench, prepared)
        rendition = uploaded(bench, prepared)
        nothing = list(bench.held())
        receipt = succeeded(bench, lambda: bench.adapter.publish(rendition, bench.credential))

        assert [] == nothing
        assert prepared.digest == rendition.digest, "Uploading must not change what the public will see."
        assert [(receipt.post_id, (bench.picture.alt_text,))] == [(post.id, post.alt_texts) for post in bench.held()]

    @needs(Operation.EDIT)
    def test_edit_changes_the_text_of_the_one_post(self, bench: ContractBench) -> None:
        """
        The network then holds one post, with the new text.
        """
        adapter: Any = bench.adapter
        _, receipt = published(bench)
        changed = bench.adapter.prepare(bench.draft(OTHER_TEXT), bench.account)
        after = succeeded(bench, lambda: adapter.edit(receipt, changed, bench.credential))
        held = list(bench.held())

        assert isinstance(after, Receipt)
        assert [after.post_id] == [post.id for post in held]
        assert OTHER_TEXT in held[0].text
