"""What the kit asks of mentions, metrics and the inspection of tokens when the network is well."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from civicsns.errors import AuthorizationLost
from civicsns.testing.contract.operations import Operation, needs
from civicsns.testing.contract.steps import outcome_of, published, succeeded

if TYPE_CHECKING:
    from civicsns.testing.contract.bench import ContractBench

#: Longer than any adapter allows for clocks that disagree, shorter than the life of an access token.
_AN_HOUR = 3600.0


class ReadingChecks:
    """`ReadsMentions`, `ReadsMetrics`, `ReadsProfiles`, `InspectsTokens` and `DiscoversAccounts`."""

    @needs(Operation.MENTIONS)
    def test_mentions_are_read_in_order_and_once(self, bench: ContractBench) -> None:
        """
        Two citizens' words come oldest first, each once, and none of them is our own.
        """
        published(bench)
        since = bench.now() - timedelta(seconds=1)
        bench.cite("開館は何時ですか")
        bench.pass_time(2)
        bench.cite("ありがとうございます")
        read = _mentions(bench, since)

        assert 2 == len(read), f"Two citizens wrote, and mentions gave {read!r}"
        assert "開館は何時ですか" in read[0].text
        assert "ありがとうございます" in read[1].text
        assert read[0].at <= read[1].at
        assert read[0].post.id != read[1].post.id
        assert bench.account.network_id not in {mention.author_id for mention in read}

    @needs(Operation.MENTIONS)
    def test_mentions_before_the_given_time_are_left_out(self, bench: ContractBench) -> None:
        """
        What was written before `since` does not come again.
        """
        published(bench)
        bench.cite("昨日の質問です")
        bench.pass_time(_AN_HOUR)
        since = bench.now()
        bench.pass_time(2)
        bench.cite("今日の質問です")
        read = _mentions(bench, since)

        assert 1 == len(read), f"One citizen wrote since, and mentions gave {read!r}"
        assert "今日の質問です" in read[0].text

    @needs(Operation.METRICS)
    def test_metrics_are_whole_numbers_about_the_post_that_was_asked_for(self, bench: ContractBench) -> None:
        """
        One post asked for, one answer about it, with at least one figure.
        """
        adapter: Any = bench.adapter
        _, receipt = published(bench)
        read = succeeded(bench, lambda: adapter.metrics(bench.account, bench.credential, [receipt.post]))

        assert [receipt.post_id] == [metrics.subject for metrics in read]
        assert read[0].values, "There is no figure at all."
        assert {int} == {type(value) for value in read[0].values.values()}

    @needs(Operation.PROFILE)
    def test_profile_is_the_account_s_own_with_a_name(self, bench: ContractBench) -> None:
        """
        The profile has the network's id of the account, and a name that citizens see; every link says where it leads.
        """
        adapter: Any = bench.adapter
        read = succeeded(bench, lambda: adapter.profile(bench.credential))

        assert bench.adapter.platform == read.platform
        assert (bench.account.network_id or bench.credential.subject) == read.network_id
        assert read.name, "The profile has no name."
        assert [] == [link for link in read.links if "://" not in link]

    @needs(Operation.INSPECT)
    def test_inspect_tells_a_living_token_from_a_dead_one(self, bench: ContractBench) -> None:
        """
        The account's token is valid; a token that the network never gave is not.
        """
        adapter: Any = bench.adapter
        credential = bench.credential_for(Operation.INSPECT)
        good = succeeded(bench, lambda: adapter.inspect(credential))
        bad = outcome_of(bench, lambda: adapter.inspect(bench.wrong(credential)))

        assert good.valid is True
        assert good.subject in {"", bench.account.network_id, credential.subject}
        assert isinstance(bad, AuthorizationLost) or getattr(bad, "valid", True) is False, f"{bad!r}"

    @needs(Operation.DISCOVER)
    def test_discover_lists_the_account_with_a_token_that_posts(self, bench: ContractBench) -> None:
        """
        The account is listed once, and its token publishes.
        """
        adapter: Any = bench.adapter
        credential = bench.credential_for(Operation.DISCOVER)
        found = succeeded(bench, lambda: adapter.discover(credential))
        ours = [one for one in found if one.profile.network_id == bench.account.network_id]
        rendition = bench.adapter.prepare(bench.draft("発見したトークンで投稿します。"), bench.account)
        receipts = [
            succeeded(bench, lambda one=one: bench.adapter.publish(rendition, one.credential))  # type: ignore[misc]
            for one in ours
        ]

        assert 1 == len(ours), f"{found!r}"
        assert [receipt.post_id for receipt in receipts] == [post.id for post in bench.held()]


def _mentions(bench: ContractBench, since: Any) -> Any:
    adapter: Any = bench.adapter
    return succeeded(bench, lambda: adapter.mentions(bench.account, bench.credential, since=since))
