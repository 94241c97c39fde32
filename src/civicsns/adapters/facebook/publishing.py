"""Making, changing and deleting a Page's post: one request each that the public can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import attrs

from civicsns.adapters.facebook import media
from civicsns.adapters.facebook.answers import allowances
from civicsns.adapters.facebook.rendition import PLATFORM, is_film
from civicsns.adapters.transport import failed
from civicsns.errors import AuthorizationLost, Outcome, OutcomeUnknown, Refused, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import Proof, Receipt, Upload
from civicsns.model.moment import require_aware

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.adapters.facebook.answers import Answer
    from civicsns.adapters.facebook.wire import Wire
    from civicsns.model import Rendition, Secret

_WWW: Final = "https://www.facebook.com/"
#: How the uploads of a rendition name the post that was made unpublished (setting `two_phase`).
_DRAFT: Final = "unpublished-post:"


def publish(wire: Wire, rendition: Rendition, *, page: str, token: Secret, now: datetime) -> Receipt:
    """
    Make the post public, or schedule it, by exactly one request.

    Raises:
        Outcome: One of the six.
    """
    waiting = unpublished(rendition)
    try:
        if waiting is not None:
            answer = wire.post(waiting, token, fields={"is_published": True}, changes=True)
            if not _succeeded(answer) and answer.object.get("id") != waiting:
                raise _unconfirmed(answer)
            return _receipt(wire, rendition, answer, post=waiting, token=token, now=now)
        if is_film(rendition.media):
            return _film(wire, rendition, page=page, token=token, now=now)
        answer = wire.post(f"{page}/feed", token, fields=_feed(rendition), changes=True)
        return _receipt(wire, rendition, answer, post=_made(answer), token=token, now=now)
    except OutcomeUnknown as outcome:
        # For a person who looks for the post: what would be attached to it.
        kept = {f"upload_{number}": upload.key for number, upload in enumerate(rendition.uploads)}
        outcome.evidence = {**outcome.evidence, **kept}
        raise


def make_unpublished(wire: Wire, rendition: Rendition, *, page: str, token: Secret) -> Rendition:
    """
    Make the post without publishing it, for `publish` to publish by its id.

    Raises:
        Outcome: Never `OutcomeUnknown`: what was made is not public, and may be left behind.
    """
    answer = wire.post(f"{page}/feed", token, fields={**_feed(rendition), "published": False}, changes=False)
    post = answer.object.get("id")
    if not isinstance(post, str) or not post:
        raise failed(network="Facebook", reason=None, status=answer.status)
    kept = Upload(digest=_DRAFT + rendition.digest, id=post, key=post)
    return attrs.evolve(rendition, uploads=(*rendition.uploads, kept))


def unpublished(rendition: Rendition) -> str | None:
    """Give the id of the post that was made unpublished for *rendition*; None where there is none."""
    mark = _DRAFT + rendition.digest
    return next((upload.id for upload in rendition.uploads if upload.digest == mark), None)


def _feed(rendition: Rendition) -> dict[str, Any]:
    # Nothing is read in the request that writes (`fields=permalink_url`): should the reading part be refused after
    # the post was made, the answer would look like a refusal of the post.
    fields: dict[str, Any] = dict(rendition.body)
    if rendition.media:
        fields["attached_media"] = [{"media_fbid": upload.id} for upload in media.attached(rendition)]
    return fields


def _film(wire: Wire, rendition: Rendition, *, page: str, token: Secret, now: datetime) -> Receipt:
    (held,) = media.attached(rendition)
    fields = {**rendition.body, "upload_phase": "finish", "upload_session_id": held.id}
    answer = wire.post(f"{page}/videos", token, fields=fields, changes=True)
    if not _succeeded(answer):
        raise _unconfirmed(answer)
    receipt = _receipt(wire, rendition, answer, post=held.key, token=token, now=now)
    # The form of the addresses of a Page's films.
    return attrs.evolve(receipt, url=f"{_WWW}{page}/videos/{held.key}/")


def _made(answer: Answer) -> str:
    post = answer.object.get("id")
    if not isinstance(post, str) or not post:
        raise _unconfirmed(answer)
    return post


def _receipt(wire: Wire, rendition: Rendition, answer: Answer, *, post: str, token: Secret, now: datetime) -> Receipt:
    return Receipt(
        platform=PLATFORM,
        account=rendition.account,
        post_id=post,
        # Facebook leads from the id to the post's own address.
        url=f"{_WWW}{post}",
        at=now,
        proof=Proof.ANSWERED,
        scheduled_for=scheduled_for(rendition, now),
        allowances=allowances(answer.headers, now=now),
        raw=wire.raw(answer, token),
    )


def scheduled_for(rendition: Rendition, now: datetime) -> datetime | None:
    """Give the time at which the network publishes *rendition*, where it does."""
    require_aware(now, "now")
    at = rendition.body.get("scheduled_publish_time")
    return now.fromtimestamp(at, tz=now.tzinfo) if isinstance(at, int) else None


def address(value: Any) -> str:
    """Give where a citizen reads a post; films come with an address without a host."""
    if not isinstance(value, str) or not value or not value.isprintable():
        return ""
    try:
        whole = urljoin(_WWW, value)
        return whole if urlsplit(whole).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _succeeded(answer: Answer) -> bool:
    return answer.object.get("success") is True


def _unconfirmed(answer: Answer) -> Outcome:
    return failed(
        network="Facebook",
        reason=UnknownReason.UNCONFIRMED,
        how=Bilingual("成功を示す応答がありませんでした", "its answer confirms nothing"),
        status=answer.status,
    )


# --- later ------------------------------------------------------------------------------------------------------


def edit(wire: Wire, receipt: Receipt, rendition: Rendition, *, token: Secret, now: datetime) -> Receipt:
    """
    Replace the text of a post, `POST /{post-id}`; Facebook lets an app change its own posts only.

    Raises:
        Outcome: One of the six.
    """
    name = "description" if is_film(rendition.media) else "message"
    answer = wire.post(receipt.post_id, token, fields={name: rendition.text}, changes=True)
    if not _succeeded(answer):
        raise _unconfirmed(answer)
    return attrs.evolve(receipt, allowances=allowances(answer.headers, now=now), raw=wire.raw(answer, token))


def delete(wire: Wire, receipt: Receipt, *, owner: str, token: Secret) -> None:
    """
    Delete a post; one that is gone already is a success, once it is sure that the token would see it.

    Raises:
        Outcome: One of the six; `OutcomeUnknown` where nothing confirms that the post is gone.
    """
    try:
        answer = wire.delete(receipt.post_id, token)
    except Refused as refusal:
        if not is_gone(refusal):
            raise
        _sees(wire, owner=owner, token=token)
        return
    if not _succeeded(answer):
        raise _unconfirmed(answer)


def is_gone(refusal: Refused) -> bool:
    """Tell whether there is no such object (803), or none that the token may see (100/33)."""
    return refusal.code == "100/33" or (refusal.code or "").partition("/")[0] == "803"


def _sees(wire: Wire, *, owner: str, token: Secret) -> None:
    """Make sure that *token* speaks for the Page *owner*: then an object that it cannot see does not exist."""
    try:
        answer = wire.get("me", token, fields="id")
    except AuthorizationLost:
        raise
    except Outcome as outcome:
        raise failed(
            network="Facebook", reason=UnknownReason.UNCONFIRMED, how=outcome.what, status=outcome.status
        ) from None
    if answer.object.get("id") != owner:
        raise AuthorizationLost(
            Bilingual(
                "トークンが投稿のページのものではないため、削除を確かめられません。",
                "The token is not the one of the post's Page, so the deletion cannot be confirmed.",
            ),
            mend=Bilingual("アカウントを登録し直してください。", "Enrol the account again."),
            status=answer.status,
        )
