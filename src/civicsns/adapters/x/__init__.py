"""
X (formerly Twitter), over API v2 by way of tweepy.

One call is one attempt, with time limits. Whatever tweepy, requests or X do, one of the six outcomes comes out, and
no token with it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

from civicsns.adapters.transport import failed, redact
from civicsns.adapters.x import readback, reading, words
from civicsns.adapters.x.answers import allowances, outcome, problem
from civicsns.adapters.x.enrolment import Sign
from civicsns.adapters.x.media import Uploader, media_ids, ready
from civicsns.adapters.x.rendition import is_id, post_id, rendition
from civicsns.adapters.x.settings import Enrolment, XSettings, checked, limits
from civicsns.adapters.x.wire import Wire
from civicsns.config import structure
from civicsns.errors import AuthorizationLost, Outcome, OutcomeUnknown, Refused, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import CredentialKind, Proof, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from civicsns.adapters.x.wire import Answer
    from civicsns.model import (
        Account,
        AuthorizationRequest,
        Credential,
        Draft,
        Limits,
        Mention,
        Metrics,
        PostRef,
        Profile,
        Rendition,
        Secret,
    )
    from civicsns.ports import Clock

__all__ = ["Enrolment", "XAdapter", "XSettings"]


class XAdapter:
    """
    The adapter for X: `Adapter`, `Uploads`, `Edits`, `ReadsMentions`, `ReadsMetrics`, `ReadsProfiles` and `Enrols`.

    Args:
        settings: The app, and how to reach X.
        clock: Where the time comes from.
        sleep: Waits a number of seconds, while X works through a film.
        place: Where the settings stand, for messages.

    Raises:
        ConfigurationError: If an address is unsafe or the app's keys are missing.
    """

    platform: ClassVar[str] = "x"

    def __init__(
        self,
        settings: XSettings,
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        place: str = "XSettings",
    ) -> None:
        self._settings = checked(settings, place=place)
        self._limits = limits(self._settings)
        self._clock = clock
        self._sleep = sleep
        self._wire = Wire(self._settings)
        self._sign = Sign(self._settings, self._wire, clock)

    @classmethod
    def configure(cls, settings: Mapping[str, Any], *, place: str, clock: Clock) -> Self:
        """Make the adapter from its table in `civicsns.toml`; see `Configurable`."""
        return cls(structure(XSettings, settings, place=place), clock=clock, place=place)

    @property
    def limits(self) -> Limits:
        """What X can carry, under these settings."""
        return self._limits

    @property
    def asked_scopes(self) -> frozenset[str]:
        """What a sign-in by OAuth 2.0 asks for; see `AsksScopes`."""
        return frozenset(self._settings.scopes)

    # --- Adapter ---------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        """Make what goes to X; see `Adapter.prepare`."""
        return rendition(draft, account, limits=self._limits)

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        """Publish it with one request; see `Adapter.publish`."""
        return self._create(rendition, credential)

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        """Look through the account's own timeline; see `Adapter.find`."""
        _belongs(rendition, credential)
        user = rendition.network_id or self._user(credential)
        post = reading.find(
            self._reader(credential),
            user,
            rendition,
            since=since - self._settings.clock_skew,
            app_name=self._settings.app_name,
            apart_from=apart_from,
        )
        if post is None:
            return None
        written = readback.written_at(post) or readback.made_at(post["id"], now=self._clock.now())
        return self._receipt(rendition, post["id"], credential, at=written, proof=Proof.READ_BACK, raw={"data": post})

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        """Delete a post and confirm it; see `Adapter.delete`."""
        number = _number(receipt)
        answer = self._wire.call("DELETE", f"/2/tweets/{number}", credential=credential, changes=True)
        if answer.ok and answer.data.get("deleted") is True:
            return
        if problem(answer).kind == "resource-not-found" and (answer.ok or answer.status == 404):
            return
        if answer.ok and answer.data.get("deleted") is False:
            raise failed(network="X", reason=UnknownReason.UNCONFIRMED, how=words.UNEXPECTED, status=answer.status)
        raise self._outcome(answer, credential, changes=True)

    # --- Uploads, Edits --------------------------------------------------------------------------------------

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        """Bring the files up, with their alt texts; see `Uploads.upload`."""
        _belongs(rendition, credential)
        if rendition.media and credential.scopes and "media.write" not in credential.scopes:
            what, mend = words.NO_SCOPE
            raise AuthorizationLost(what, mend=mend)
        uploader = Uploader(
            self._reader(credential), clock=self._clock, sleep=self._sleep, longest=self._settings.processing
        )
        return uploader.uploaded(rendition)

    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        """
        Replace a post by *rendition*; see `Edits.edit`. X gives the new version an id of its own.

        X lets only accounts with X Premium edit, for a limited time after posting (docs.x.com, edit posts).
        """
        return self._create(rendition, credential, edit_options={"previous_post_id": _number(receipt)})

    # --- ReadsMentions, ReadsMetrics, ReadsProfiles ----------------------------------------------------------

    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        """Read what others wrote to the account; see `ReadsMentions.mentions`."""
        user = account.network_id or self._user(credential)
        return reading.mentions(self._reader(credential), user, since=since, site=self._settings.site_url)

    def metrics(self, account: Account, credential: Credential, posts: Sequence[PostRef]) -> Sequence[Metrics]:  # noqa: ARG002 -- the token says which account
        """Read figures; see `ReadsMetrics.metrics`."""
        call, now = self._reader(credential), self._clock.now()
        if not posts:
            return [reading.account_metrics(call, now=now)]
        return reading.post_metrics(call, [post_id(one, place="posts") for one in posts], now=now)

    def profile(self, credential: Credential) -> Profile:
        """Read what citizens see of the account; see `ReadsProfiles.profile`."""
        answer = reading.me(self._reader(credential), fields=reading.PROFILE_FIELDS)
        return reading.profile(answer, scopes=credential.scopes, site=self._settings.site_url)

    # --- Enrols ----------------------------------------------------------------------------------------------

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        """Begin a sign-in; see `Enrols.begin`."""
        return self._sign.begin(redirect_uri)

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        """End a sign-in; see `Enrols.complete`. OAuth 2.0 does not say whose the token is: ask `whoami`."""
        return self._sign.complete(request, callback_url)

    def refresh(self, credential: Credential) -> Credential:
        """Exchange a credential for a fresh one; see `Enrols.refresh`."""
        return self._sign.refresh(credential)

    def revoke(self, credential: Credential) -> None:
        """Make X forget the tokens; see `Enrols.revoke`."""
        self._sign.revoke(credential)

    def whoami(self, credential: Credential) -> Profile:
        """Ask X whom the token speaks for; see `Enrols.whoami`."""
        answer = reading.me(self._reader(credential))
        return reading.profile(answer, scopes=credential.scopes, site=self._settings.site_url)

    # --- inside ----------------------------------------------------------------------------------------------

    def _create(self, rendition: Rendition, credential: Credential, **more: Any) -> Receipt:
        _belongs(rendition, credential)
        if credential.scopes and "tweet.write" not in credential.scopes:
            what, mend = words.NO_SCOPE
            raise AuthorizationLost(what, mend=mend)
        if not ready(rendition):
            rendition = self.upload(rendition, credential)
        body = _body(rendition) | more
        try:
            answer = self._wire.call("POST", "/2/tweets", credential=credential, changes=True, json=body)
            created = answer.data.get("id")
            if not answer.ok or not isinstance(created, str) or not is_id(created):
                raise self._outcome(answer, credential, changes=True, posts=True)
        except OutcomeUnknown as error:
            # By these, `find` recognises the post even where its text says nothing.
            error.evidence = {**error.evidence, **{f"media_key_{one.digest}": one.key for one in rendition.uploads}}
            raise
        at = readback.made_at(created, now=self._clock.now())
        return self._receipt(rendition, created, credential, at=at, proof=Proof.ANSWERED, answer=answer)

    def _receipt(
        self,
        rendition: Rendition,
        number: str,
        credential: Credential,
        *,
        at: datetime,
        proof: Proof,
        answer: Answer | None = None,
        raw: Mapping[str, Any] | None = None,
    ) -> Receipt:
        return Receipt(
            platform=self.platform,
            account=rendition.account,
            post_id=number,
            # X leads from `i` to the account's own name, whatever that is by then.
            url=f"{self._settings.site_url}/i/status/{number}",
            at=at,
            proof=proof,
            allowances=allowances(answer) if answer else (),
            raw=redact(answer.body if answer else raw, self._secrets(credential)),
        )

    def _reader(self, credential: Credential) -> Callable[..., Answer]:
        """Give a function that calls X and raises for every answer but a success; never `OutcomeUnknown`."""

        def call(method: str, route: str, **more: Any) -> Answer:
            answer = self._wire.call(method, route, credential=credential, changes=False, **more)
            if not answer.ok:
                raise self._outcome(answer, credential, changes=False)
            return answer

        return call

    def _outcome(self, answer: Answer, credential: Credential, *, changes: bool, posts: bool = False) -> Outcome:
        return outcome(answer, changes=changes, posts=posts, now=self._clock.now(), secrets=self._secrets(credential))

    def _secrets(self, credential: Credential) -> tuple[Secret, ...]:
        return (*credential.secrets.values(), *self._settings.secrets)

    def _user(self, credential: Credential) -> str:
        return credential.subject or str(reading.me(self._reader(credential)).data["id"])


def _body(rendition: Rendition) -> dict[str, Any]:
    """Put the ids that only uploads and earlier posts could give into the request."""
    body = dict(rendition.body)
    if rendition.media:
        body["media"] = {**body.get("media", {}), "media_ids": media_ids(rendition)}
    if rendition.reply_to is not None:
        body["reply"] = {**body.get("reply", {}), "in_reply_to_tweet_id": rendition.reply_to.id}
    return body


def _belongs(rendition: Rendition, credential: Credential) -> None:
    """
    See that the token is the account's, before anything is sent.

    Raises:
        AuthorizationLost: If it is known to be another's, or is none of X.
    """
    known = credential.kind in {CredentialKind.X_OAUTH1, CredentialKind.X_OAUTH2}
    others = credential.subject and rendition.network_id and credential.subject != rendition.network_id
    if not known or others or rendition.platform != "x":
        what, mend = words.WRONG_ACCOUNT
        raise AuthorizationLost(what, mend=mend, place=rendition.account)


def _number(receipt: Receipt) -> str:
    if receipt.platform != "x" or not is_id(receipt.post_id):
        raise Refused(
            Bilingual("X の投稿の受領ではありません。", "The receipt is not of a post on X."),
            mend=Bilingual("X の投稿の受領を指定してください。", "Give the receipt of a post on X."),
        )
    return receipt.post_id
