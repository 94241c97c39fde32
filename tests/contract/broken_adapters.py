"""Adapters that are wrong in one way each, as adapters in the field are."""

from __future__ import annotations

import logging
import uuid
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import requests
from noticeboard import NoticeboardAdapter

from civicsns.errors import (
    AuthorizationLost,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TextTooLong,
    Unavailable,
    UnknownReason,
    Unsupported,
)
from civicsns.language import Bilingual
from civicsns.model import Idempotency, Limits, Proof, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from civicsns.model import Account, Credential, Draft, Mention, Rendition

WHAT = Bilingual("失敗しました。", "It failed.")
MEND = Bilingual("やり直してください。", "Try again.")


class Retries(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except OutcomeUnknown:
            return super().publish(rendition, credential)


class CallsUnknownUnavailable(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except OutcomeUnknown:
            raise Unavailable(WHAT, mend=MEND) from None


class CallsUnknownRefused(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except OutcomeUnknown:
            raise Refused(WHAT, mend=MEND) from None


class CallsADuplicateSuccess(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except OutcomeUnknown:
            found = self.find(rendition, credential, since=self._clock.now() - timedelta(hours=1))
            assert found is not None
            return attrs.evolve(found, proof=Proof.ANSWERED)


class Keyed(NoticeboardAdapter):
    """Right: the board knows a request again by its key."""

    @property
    def limits(self) -> Limits:
        return attrs.evolve(super().limits, idempotency=Idempotency.KEY)

    def key(self, rendition: Rendition) -> str:
        return rendition.key

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        keyed = attrs.evolve(rendition, body={**rendition.body, "key": self.key(rendition)})
        return super().publish(keyed, credential)


class KeyedByItsWords(Keyed):
    def key(self, rendition: Rendition) -> str:
        return rendition.digest


class KeyedAnew(Keyed):
    def key(self, rendition: Rendition) -> str:
        return f"{rendition.key}-{uuid.uuid4()}"


class CallsADeadTokenRefused(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except AuthorizationLost:
            raise Refused(WHAT, mend=MEND) from None


class LetsTheSdkThrough(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except OutcomeUnknown:
            raise requests.ConnectionError from None


def leaks(how: Callable[[str], Exception | None]) -> type[NoticeboardAdapter]:
    """Make an adapter that shows its token where *how* does."""

    class Leaks(NoticeboardAdapter):
        def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
            shown = how(credential.secret("token"))
            if shown is not None:
                raise shown
            return super().publish(rendition, credential)

    return Leaks


def in_the_detail(token: str) -> Exception:
    return Refused(WHAT, mend=MEND, detail=f"GET /notices?access_token={token}")


def in_the_cause(token: str) -> Exception:
    error = Refused(WHAT, mend=MEND)
    error.__cause__ = ValueError(f"Bearer {token}")
    return error


def in_the_hidden_context(token: str) -> Exception:
    error = Refused(WHAT, mend=MEND)
    error.__context__ = ValueError({"Authorization": token})
    error.__suppress_context__ = True
    return error


def in_the_log(token: str) -> None:
    logging.getLogger("noticeboard.http").debug("POST /notices %s", {"Authorization": token})


def in_a_warning(token: str) -> None:
    warnings.warn(f"{token} will expire", stacklevel=2)


class LeaksInTheReceipt(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        receipt = super().publish(rendition, credential)
        return attrs.evolve(receipt, raw={**receipt.raw, "sent_with": credential.secret("token")})


class DropsAltTextsInUpload(NoticeboardAdapter):
    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        bare = attrs.evolve(rendition, media=[attrs.evolve(one, alt_text=None) for one in rendition.media])
        return attrs.evolve(rendition, uploads=super().upload(bare, credential).uploads)


class DropsAltTextsInPrepare(NoticeboardAdapter):
    def prepare(self, draft: Draft, account: Account) -> Rendition:
        bare = [attrs.evolve(one, alt_text=None) for one in draft.media]
        return super().prepare(attrs.evolve(draft, media=bare), account)


class DropsWhatItCannotCarry(NoticeboardAdapter):
    def prepare(self, draft: Draft, account: Account) -> Rendition:
        try:
            return super().prepare(draft, account)
        except Unsupported:
            return super().prepare(attrs.evolve(draft, poll=None, publish_at=None), account)


class CutsLongTexts(NoticeboardAdapter):
    def prepare(self, draft: Draft, account: Account) -> Rendition:
        try:
            return super().prepare(draft, account)
        except TextTooLong:
            return super().prepare(attrs.evolve(draft, text=draft.text[:500]), account)


class AsksTheNetworkInPrepare(NoticeboardAdapter):
    def prepare(self, draft: Draft, account: Account) -> Rendition:
        requests.get(f"{self._settings.base_url}/notices", timeout=5).close()
        return super().prepare(draft, account)


class PreparesDifferentlyEachTime(NoticeboardAdapter):
    count = 0

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        self.count += 1
        rendition = super().prepare(draft, account)
        return attrs.evolve(rendition, body={**rendition.body, "number": self.count})


class ForgetsTheLateReply(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        return super().publish(attrs.evolve(rendition, reply_to=None), credential)


def waits_until(until: Callable[[datetime], datetime]) -> type[NoticeboardAdapter]:
    """Make an adapter whose rate limits end at another time."""

    class Waits(NoticeboardAdapter):
        def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
            try:
                return super().publish(rendition, credential)
            except RateLimited as error:
                error.until = until(self._clock.now())
                raise

    return Waits


def without_a_zone(now: datetime) -> datetime:
    return (now + timedelta(minutes=5)).replace(tzinfo=None)


def at_once(now: datetime) -> datetime:
    return now


def never(now: datetime) -> datetime:
    # Milliseconds taken for seconds.
    return datetime.fromtimestamp(now.timestamp() * 10, tz=UTC)


class DoesNotConfirmDeletion(NoticeboardAdapter):
    def delete(self, receipt: Receipt, credential: Credential) -> None:
        try:
            super().delete(receipt, credential)
        except OutcomeUnknown:
            return


class FailsToDeleteWhatIsGone(NoticeboardAdapter):
    def delete(self, receipt: Receipt, credential: Credential) -> None:
        answer = self._call("DELETE", f"/notices/{receipt.post_id}", credential, wants="deleted", changes=True)
        assert answer["deleted"]


class CallsADeadTokenDeleted(NoticeboardAdapter):
    def delete(self, receipt: Receipt, credential: Credential) -> None:
        try:
            super().delete(receipt, credential)
        except AuthorizationLost:
            return


class FindsOldPosts(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        return super().find(rendition, credential, since=since - timedelta(days=7), apart_from=apart_from)


class FindsAnybodysPost(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        listed = self._call("GET", "/notices", credential, wants="notices", params={"since": since.isoformat()})[
            "notices"
        ]
        same = [one for one in listed if one["text"] == rendition.text and one["id"] not in apart_from]
        return self._receipt(rendition, same[0], proof=Proof.READ_BACK) if same else None


class FindsTheNewestPost(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        listed = self._call("GET", "/notices", credential, wants="notices", params={"since": since.isoformat()})[
            "notices"
        ]
        listed = [one for one in listed if one["id"] not in apart_from]
        return self._receipt(rendition, listed[-1], proof=Proof.READ_BACK) if listed else None


class FindsWhatIsAnothers(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        return super().find(rendition, credential, since=since)


class FindsNothing(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        super().find(rendition, credential, since=since, apart_from=apart_from)
        return None


class DoesNotKnowWhatItRead(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        try:
            return super().find(rendition, credential, since=since, apart_from=apart_from)
        except Unavailable as error:
            raise OutcomeUnknown(WHAT, mend=MEND, reason=UnknownReason.TIMEOUT) from error


class TakesAFailedReadForNothing(NoticeboardAdapter):
    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        try:
            return super().find(rendition, credential, since=since, apart_from=apart_from)
        except Unavailable:
            return None


class PublishesWhenItUploads(NoticeboardAdapter):
    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        uploaded = super().upload(rendition, credential)
        self.publish(uploaded, credential)
        return uploaded


class EditsByPostingAgain(NoticeboardAdapter):
    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        return self.publish(rendition, credential)


class GivesMentionsNewestFirst(NoticeboardAdapter):
    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        return list(reversed(super().mentions(account, credential, since=since)))


class GivesOldMentionsAgain(NoticeboardAdapter):
    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        return super().mentions(account, credential, since=since - timedelta(days=7))


class SpeaksOneLanguage(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except AuthorizationLost:
            raise AuthorizationLost(Bilingual("Token expired", "Token expired"), mend=MEND) from None


class KeepsTheCredentialInTheError(NoticeboardAdapter):
    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        try:
            return super().publish(rendition, credential)
        except AuthorizationLost as error:
            error.credential = credential  # type: ignore[attr-defined]
            raise


class WaitsForEver(NoticeboardAdapter):
    """Reads on as long as another byte comes in time."""

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        answer = requests.post(
            f"{self._settings.base_url}/notices",
            headers={"Authorization": f"Bearer {credential.secret('token')}"},
            json={**rendition.body, "pictures": []},
            timeout=self._settings.timeout.total_seconds(),
        )
        return self._receipt(rendition, answer.json())
