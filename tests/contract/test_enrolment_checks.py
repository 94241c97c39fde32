"""The checks of signing in, refreshing and revoking, on an adapter that is right and on some that are wrong."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from noticeboard import NoticeboardAdapter
from practice_noticeboard import PracticeNoticeboard
from test_noticeboard_contract import TestNoticeboard as Contract
from test_noticeboard_contract import noticeboard_bench

from civicsns.errors import AuthorizationLost, BadInput, Unsupported
from civicsns.language import Bilingual
from civicsns.model import AuthorizationRequest, Credential, CredentialKind, Profile, Secret
from civicsns.testing.contract import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.contract import ContractBench

_DEAD = AuthorizationLost(Bilingual("無効です。", "It is dead."), mend=Bilingual("登録し直す。", "Enrol again."))
_FOREIGN = BadInput(Bilingual("別の手続です。", "Another sign-in."), mend=Bilingual("やり直す。", "Begin again."))


class SignsIn(NoticeboardAdapter):
    """A notice board at which one can sign in; its tokens live in the board's own table."""

    board: ClassVar[PracticeNoticeboard]

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        state = self.state()
        return AuthorizationRequest(
            platform=self.platform,
            url=f"{self.board.url}/sign-in?state={state}",
            state=Secret(state),
            redirect_uri=redirect_uri,
        )

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        query = parse_qs(urlsplit(callback_url).query)
        if not self.same_state(request, query.get("state", [""])[0]):
            raise _FOREIGN
        return self.credential(self.board.token("library", "civicsns"), 0)

    def refresh(self, credential: Credential) -> Credential:
        self.whoami(credential)
        fresh = self.credential(self.board.token("library", "civicsns"), credential.generation + 1)
        del self.board.tokens[credential.secret("token")]
        return fresh

    def revoke(self, credential: Credential) -> None:
        self.board.tokens.pop(credential.secret("token"), None)

    def whoami(self, credential: Credential) -> Profile:
        known = self.board.tokens.get(credential.secret("token"))
        if known is None:
            raise _DEAD
        return Profile(platform=self.platform, network_id=known[0])

    def credential(self, token: str, generation: int) -> Credential:
        return Credential(
            platform=self.platform,
            kind=CredentialKind.OTHER,
            secrets={"token": Secret(token)},
            subject="library",
            generation=generation,
        )

    def state(self) -> str:
        return secrets.token_urlsafe(24)

    def same_state(self, request: AuthorizationRequest, given: str) -> bool:
        return request.state.reveal() == given


class TakesAnyState(SignsIn):
    def same_state(self, request: AuthorizationRequest, given: str) -> bool:
        return True


class TakesAMissingState(SignsIn):
    def same_state(self, request: AuthorizationRequest, given: str) -> bool:
        return given in {"", request.state.reveal()}


class DrawsOneState(SignsIn):
    def state(self) -> str:
        return "the-state-of-this-programme"


class DrawsShortStates(SignsIn):
    def state(self) -> str:
        return secrets.token_urlsafe(4)


class ForgetsToCount(SignsIn):
    def refresh(self, credential: Credential) -> Credential:
        return attrs.evolve(super().refresh(credential), generation=credential.generation)


class KeepsTheOldToken(SignsIn):
    def refresh(self, credential: Credential) -> Credential:
        fresh = super().refresh(credential)
        return attrs.evolve(fresh, secrets=credential.secrets)


class RefreshesTheDead(SignsIn):
    def refresh(self, credential: Credential) -> Credential:
        return self.credential(self.board.token("library", "civicsns"), credential.generation + 1)


class RevokesNothing(SignsIn):
    def revoke(self, credential: Credential) -> None:
        pass


class RevokesOnce(SignsIn):
    def revoke(self, credential: Credential) -> None:
        self.whoami(credential)
        super().revoke(credential)


class SpeaksForAnother(SignsIn):
    def whoami(self, credential: Credential) -> Profile:
        return attrs.evolve(super().whoami(credential), network_id="town-hall")


class CannotRevoke(SignsIn):
    def revoke(self, credential: Credential) -> None:
        raise Unsupported(Bilingual("取消せません。", "No way."), mend=Bilingual("画面で。", "Use the site."))


class SigningContract(Contract):
    adapter_type = SignsIn
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        **Contract.calls,
        Operation.BEGIN: (),
        Operation.COMPLETE: ("token",),
        Operation.REFRESH: ("token",),
        Operation.REVOKE: ("revoke",),
        Operation.WHOAMI: ("me",),
    }


class NeverRevokes(SigningContract):
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {**SigningContract.calls, Operation.REVOKE: ()}


BEGIN = "test_begin_makes_an_unguessable_state_each_time"
COMPLETE = "test_complete_gives_a_credential_that_the_network_knows"
FOREIGN = "test_complete_refuses_the_answer_to_another_sign_in"
REFRESH = "test_refresh_gives_the_next_generation"
REVOKE = "test_revoke_kills_the_token_and_twice_is_a_success"
WHOAMI = "test_whoami_names_whom_the_token_speaks_for"


def _bench(board: PracticeNoticeboard, clock: PracticeClock, adapter_type: type[SignsIn]) -> ContractBench:
    adapter_type.board = board
    return attrs.evolve(
        noticeboard_bench(board, clock, adapter_type),
        sign_in=lambda request: f"{request.redirect_uri}?code=1&{urlsplit(request.url).query}",
    )


@pytest.mark.parametrize("check", [BEGIN, COMPLETE, FOREIGN, REFRESH, REVOKE, WHOAMI])
def test_the_right_adapter_passes(practice_clock: PracticeClock, check: str) -> None:
    """
    The checks let an adapter through that does what they ask.
    """
    with PracticeNoticeboard(clock=practice_clock) as board:
        getattr(SigningContract(), check)(_bench(board, practice_clock, SignsIn))


@pytest.mark.parametrize(
    ("adapter_type", "check"),
    [
        (TakesAnyState, FOREIGN),
        (TakesAMissingState, FOREIGN),
        (DrawsOneState, BEGIN),
        (DrawsShortStates, BEGIN),
        (ForgetsToCount, REFRESH),
        (RevokesNothing, REVOKE),
        (RevokesOnce, REVOKE),
        (CannotRevoke, REVOKE),
        (KeepsTheOldToken, REFRESH),
        (SpeaksForAnother, WHOAMI),
    ],
)
def test_a_wrong_adapter_is_caught(practice_clock: PracticeClock, adapter_type: type[SignsIn], check: str) -> None:
    """
    One fault in signing in, refreshing or revoking, and the check that is there for it fails.
    """
    with PracticeNoticeboard(clock=practice_clock) as board, pytest.raises(AssertionError):
        getattr(SigningContract(), check)(_bench(board, practice_clock, adapter_type))


def test_refreshing_a_dead_token_is_caught(practice_clock: PracticeClock) -> None:
    """
    An adapter that gives a fresh token for one that the network does not know has not asked the network.
    """
    with PracticeNoticeboard(clock=practice_clock) as board, pytest.raises(AssertionError):
        SigningContract().test_a_dead_token_is_authorization_lost(
            _bench(board, practice_clock, RefreshesTheDead), Operation.REFRESH
        )


def test_an_adapter_may_say_that_nothing_can_be_revoked(practice_clock: PracticeClock) -> None:
    """
    Where `calls` says that revoking calls nobody, `Unsupported` is right and a quiet success is wrong.
    """
    with PracticeNoticeboard(clock=practice_clock) as board:
        getattr(NeverRevokes(), REVOKE)(_bench(board, practice_clock, CannotRevoke))
        with pytest.raises(AssertionError):
            getattr(NeverRevokes(), REVOKE)(_bench(board, practice_clock, RevokesNothing))
