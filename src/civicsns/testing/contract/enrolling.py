"""What the kit asks of signing in, refreshing and revoking, and of every call with a dead token."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, D205

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from civicsns.errors import AuthorizationLost, BadInput, Unsupported
from civicsns.testing.contract.operations import Operation, needs
from civicsns.testing.contract.steps import outcome_of, ready, refused, succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.testing.contract.bench import ContractBench

#: RFC 6749, 10.10: what attackers must not guess has at least 128 bits, 22 characters of base64.
_UNGUESSABLE = 22


class EnrollingChecks:
    """`Enrols`."""

    calls: ClassVar[Mapping[Operation, tuple[str, ...]]]

    @needs(Operation.WHOAMI)
    def test_whoami_names_whom_the_token_speaks_for(self, bench: ContractBench) -> None:
        """
        The profile has the network's id of the account.
        """
        adapter: Any = bench.adapter
        credential = bench.credential_for(Operation.WHOAMI)
        profile = succeeded(bench, lambda: adapter.whoami(credential))

        assert bench.adapter.platform == profile.platform
        assert (credential.subject or bench.account.network_id) == profile.network_id

    @needs(Operation.BEGIN)
    def test_begin_makes_an_unguessable_state_each_time(self, bench: ContractBench) -> None:
        """
        Two sign-ins share neither state nor address, and the request's repr shows neither.
        """
        adapter: Any = bench.adapter
        first = succeeded(bench, lambda: adapter.begin(bench.redirect_uri))
        second = succeeded(bench, lambda: adapter.begin(bench.redirect_uri))

        assert first.state != second.state
        assert len(first.state.reveal()) >= _UNGUESSABLE
        assert first.url != second.url
        assert urlsplit(first.url).scheme in {"https", "http"}
        assert first.state.reveal() not in repr(first)
        assert bench.redirect_uri == first.redirect_uri

    @needs(Operation.COMPLETE)
    def test_complete_gives_a_credential_that_the_network_knows(self, bench: ContractBench) -> None:
        """
        A person signs in, and the token that comes of it speaks for somebody.
        """
        adapter: Any = bench.adapter
        credential = succeeded(bench, ready(bench, Operation.COMPLETE))
        profile = succeeded(bench, lambda: adapter.whoami(credential))

        assert bench.adapter.platform == credential.platform
        assert credential.subject in {"", profile.network_id}

    @needs(Operation.COMPLETE)
    def test_complete_refuses_the_answer_to_another_sign_in(self, bench: ContractBench) -> None:
        """
        An address with another request's state, or with none, is `BadInput`, before the network is called.
        """
        adapter: Any = bench.adapter
        mine = adapter.begin(bench.redirect_uri)
        theirs = adapter.begin(bench.redirect_uri)
        address = bench.signed_in(theirs)
        before = bench.network.calls
        foreign = refused(bench, lambda: adapter.complete(mine, address))
        bare = refused(bench, lambda: adapter.complete(mine, f"{bench.redirect_uri}?code=stolen&oauth_verifier=stolen"))

        assert isinstance(foreign, BadInput), f"Another sign-in's answer must be BadInput, not {foreign!r}"
        assert isinstance(bare, BadInput), f"An answer without state must be BadInput, not {bare!r}"
        assert before == bench.network.calls, "The network was called although the state did not match."

    @needs(Operation.REFRESH)
    def test_refresh_gives_the_next_generation(self, bench: ContractBench) -> None:
        """
        The new credential works and counts one generation more; tokens that do not end come back as they are, or
        are `Unsupported`, and nobody is called.
        """
        adapter: Any = bench.adapter
        credential = bench.credential_for(Operation.REFRESH)
        before = bench.network.calls
        result = outcome_of(bench, lambda: adapter.refresh(credential))

        if not self.calls[Operation.REFRESH]:
            assert result == credential or isinstance(result, Unsupported), f"{result!r}"
            assert before == bench.network.calls
            return
        assert not isinstance(result, Exception), f"{result!r}"
        assert credential.generation + 1 == getattr(result, "generation", None)
        succeeded(bench, lambda: adapter.whoami(result))

    @needs(Operation.REVOKE)
    def test_revoke_kills_the_token_and_twice_is_a_success(self, bench: ContractBench) -> None:
        """
        Afterwards the network knows the token no more; where it offers no way to revoke, that is `Unsupported`.
        """
        adapter: Any = bench.adapter
        credential = bench.credential_for(Operation.REVOKE)
        if not self.calls[Operation.REVOKE]:
            error = refused(bench, lambda: adapter.revoke(credential))
            assert isinstance(error, Unsupported), f"{error!r}"
            return
        succeeded(bench, lambda: adapter.revoke(credential))
        succeeded(bench, lambda: adapter.revoke(credential))
        error = refused(bench, lambda: adapter.whoami(credential))

        assert isinstance(error, AuthorizationLost), f"{error!r}"

    def test_a_dead_token_is_authorization_lost(self, bench: ContractBench, spoilt: Operation) -> None:
        """
        Whatever is asked with a token that the network does not know: `AuthorizationLost`, and nothing is changed.
        """
        call = ready(bench, spoilt, spoilt=True)
        before = list(bench.held())
        error = refused(bench, call)

        assert isinstance(error, AuthorizationLost), f"{error!r}"
        assert before == list(bench.held())
