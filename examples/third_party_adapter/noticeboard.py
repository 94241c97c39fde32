"""
An example of a third-party adapter: the town's electronic notice board 電子掲示板.

The notice board is made up, and as plain as a network can be: JSON, one token, no idempotency key.
What it needs care for is what every network needs care for:

* one call is one request; nothing is repeated here,
* a request that may have been carried out is `OutcomeUnknown`, never `Unavailable`,
* what the board cannot carry is `Unsupported`, never dropped,
* no token leaves this module.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs

from civicsns.adapters.transport import Session, attempt, checked_base_url, failed
from civicsns.config import structure
from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TextTooLong,
    UnknownReason,
    Unsupported,
)
from civicsns.language import Bilingual
from civicsns.model import (
    Idempotency,
    Limits,
    MediaKind,
    MediaLimits,
    Mention,
    PostRef,
    Proof,
    ReadBack,
    Receipt,
    Rendition,
    TextLimits,
    Upload,
)
from civicsns.text import Measure, measure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import requests

    from civicsns.model import Account, Credential, Draft
    from civicsns.ports import Clock

#: Where a rate limit says nothing about when it ends.
_WAIT = timedelta(minutes=15)
_DROP = Bilingual("その部分を外してください。", "Leave that part out.")
_LATER = Bilingual("時間をおいてください。civicsns は自動で送り直します。", "Wait; civicsns sends it again by itself.")


@attrs.frozen(kw_only=True)
class NoticeboardSettings:
    """
    How to reach the board.

    Attributes:
        base_url: Where it answers.
        app: The name under which the board shows what this programme posts.
        timeout: The longest wait for an answer.
    """

    base_url: str
    app: str = "civicsns"
    timeout: timedelta = timedelta(seconds=20)


LIMITS = Limits(
    text=TextLimits(measure=Measure.FACEBOOK, maximum=500),
    media=MediaLimits(
        images=2,
        videos=0,
        types=frozenset({"image/png", "image/jpeg"}),
        bytes_={MediaKind.IMAGE: 1024 * 1024},
        alt_text=200,
    ),
    schedule=None,
    idempotency=Idempotency.NONE,
    # The board lists everything, at once.
    read_back=ReadBack.STRONG,
    network_delay=timedelta(seconds=30),
    read_back_lag=timedelta(seconds=10),
    replies=True,
)


class NoticeboardAdapter:
    """
    The adapter: `Adapter`, `Uploads`, `Edits` and `ReadsMentions`.

    Args:
        settings: How to reach the board.
        clock: Where the time comes from.
    """

    platform: ClassVar[str] = "noticeboard"

    def __init__(self, settings: NoticeboardSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @classmethod
    def configure(cls, settings: Mapping[str, Any], *, place: str, clock: Clock) -> Self:
        """Make the adapter from its table in `civicsns.toml`."""
        read = structure(NoticeboardSettings, settings, place=place)
        url = checked_base_url(read.base_url, place=f"{place}.base_url")
        return cls(attrs.evolve(read, base_url=url), clock=clock)

    @property
    def limits(self) -> Limits:
        """What the board can carry."""
        return LIMITS

    # --- Adapter ------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        """Make what goes to the board; nothing is sent."""
        cannot = {
            "quote": draft.quote,
            "poll": draft.poll,
            "reply_settings": draft.reply_settings,
            "publish_at": draft.publish_at,
            "extra": draft.extra.get(self.platform),
        }
        for part, value in cannot.items():
            if value:
                raise Unsupported(
                    Bilingual(f"掲示板では {part} を使えません。", f"The board cannot carry {part}."),
                    mend=_DROP,
                    place=f"draft.{part}",
                )
        text = draft.text_for(self.platform)
        if draft.link:
            text = f"{text}\n{draft.link}"
        length = measure(text, LIMITS.text.measure)
        if length > LIMITS.text.maximum:
            raise TextTooLong(
                Bilingual(f"{length} 文字あります（上限 500）。", f"It has {length} characters; the most is 500."),
                mend=Bilingual("短くしてください。", "Shorten it."),
                place="draft.text",
            )
        _check_pictures(draft)
        return Rendition(
            platform=self.platform,
            account=account.id,
            network_id=account.network_id,
            text=text,
            body={"text": text},
            media=draft.media,
            reply_to=draft.reply_to,
        )

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        """Publish it, in one request."""
        pictures = {upload.digest: upload.id for upload in rendition.uploads}
        body = {**rendition.body, "pictures": [pictures[media.digest] for media in rendition.media]}
        if rendition.reply_to:
            body["answers"] = rendition.reply_to.id
        return self._receipt(rendition, self._call("POST", "/notices", credential, wants="id", json=body, changes=True))

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        """Look for it among the account's own notices since then; the board names the app that posted each."""
        listed = self._call("GET", "/notices", credential, wants="notices", params={"since": since.isoformat()})
        for notice in listed["notices"]:
            ours = notice["app"] == self._settings.app and notice["text"] == rendition.text
            if notice["id"] in apart_from:
                continue
            if ours and notice["alt_texts"] == [media.alt_text or "" for media in rendition.media]:
                return self._receipt(rendition, notice, proof=Proof.READ_BACK)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        """Take a notice down; one that is gone already is a success."""
        path = f"/notices/{receipt.post_id}"
        answer = self._call("DELETE", path, credential, wants="deleted", changes=True, gone={"deleted": True})
        if answer.get("deleted") is not True:
            raise failed(network="Noticeboard", reason=UnknownReason.UNCONFIRMED)

    # --- Uploads, Edits, ReadsMentions --------------------------------------------------------------------------

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        """Send the pictures up, with their alt texts."""
        there = {upload.digest for upload in rendition.uploads}
        made = [
            Upload(
                digest=media.digest,
                id=self._call(
                    "POST",
                    "/pictures",
                    credential,
                    wants="id",
                    json={"content": base64.b64encode(media.content).decode(), "alt_text": media.alt_text or ""},
                )["id"],
            )
            for media in rendition.media
            if media.digest not in there
        ]
        return attrs.evolve(rendition, uploads=(*rendition.uploads, *made))

    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        """Replace the text of a notice."""
        path, body = f"/notices/{receipt.post_id}", {"text": rendition.text}
        return self._receipt(rendition, self._call("PUT", path, credential, wants="id", json=body, changes=True))

    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        """Read what citizens wrote to the account, oldest first."""
        del account  # the token says whose letters they are
        listed = self._call("GET", "/letters", credential, wants="letters", params={"since": since.isoformat()})
        return [
            Mention(
                post=PostRef(platform=self.platform, id=letter["id"]),
                author_name=letter["by"],
                text=letter["text"],
                at=datetime.fromisoformat(letter["at"]),
            )
            for letter in listed["letters"]
        ]

    # --- the one place that talks to the board ------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        credential: Credential,
        *,
        wants: str,
        changes: bool = False,
        gone: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> dict[str, Any]:
        """
        Make one request.

        Args:
            method: The HTTP method.
            path: The path.
            credential: Whose token goes with it.
            wants: The field without which an answer is no success.
            changes: Whether the request changes something that cannot be repeated on hope.
            gone: What to give where the board has no such notice.
            parts: What `requests` sends with it.

        Raises:
            Outcome: One of the six.
        """
        url = self._settings.base_url
        seconds = self._settings.timeout.total_seconds()
        session = Session(origin=url, base_url=url, connect=min(seconds, 5.0), read=seconds)

        def send() -> tuple[requests.Response, Any]:
            headers = {"Authorization": f"Bearer {credential.secret('token')}"}
            answer = session.request(method, url + path, headers=headers, **parts)
            return answer, answer.json() if answer.headers.get("Content-Type") == "application/json" else None

        try:
            answer, body = attempt(send, session=session, network="Noticeboard", changes=changes)
        finally:
            session.close()
        if answer.ok and isinstance(body, dict) and wants in body:
            return body
        said = body.get("error") if isinstance(body, dict) else None
        if gone is not None and answer.status_code == 404 and said == "no_such_notice":
            return dict(gone)
        raise self._outcome(answer, said, changes=changes)

    def _outcome(self, answer: requests.Response, said: Any, *, changes: bool) -> Outcome:
        """Give the outcome of an answer that is no success. Only what the board itself refuses was not done."""
        status = answer.status_code
        match status, said:
            case 401, "token":
                return AuthorizationLost(
                    Bilingual("掲示板のトークンが無効です。", "The board does not know the token."),
                    mend=Bilingual("アカウントを登録し直してください。", "Enrol the account again."),
                    status=status,
                )
            case 402, "unpaid":
                return BudgetSpent(
                    Bilingual("掲示板の利用料が切れています。", "The board's fee is used up."),
                    mend=Bilingual("利用料を追加してください。", "Add to the fee."),
                    status=status,
                )
            case 409, "duplicate":
                return OutcomeUnknown(
                    Bilingual("掲示板には同じ掲示がすでにあります。", "The board has the same notice already."),
                    mend=Bilingual("掲示板を確かめてください。", "Look at the board."),
                    reason=UnknownReason.DUPLICATE,
                    status=status,
                )
            case 429, "slow_down":
                seconds = answer.headers.get("Retry-After", "")
                wait = timedelta(seconds=int(seconds)) if seconds.isdecimal() else _WAIT
                return RateLimited(
                    Bilingual("掲示板への回数制限です。", "The board asks to slow down."),
                    mend=_LATER,
                    until=self._clock.now() + wait,
                    status=status,
                )
            case 400 | 404, str(code) if code:
                return Refused(
                    Bilingual("掲示板が受け付けませんでした。", "The board refused it."),
                    mend=Bilingual("内容を確かめてください。", "Check the content."),
                    status=status,
                    code=code[:50],
                )
        reason = UnknownReason.SERVER_ERROR if status >= 500 else UnknownReason.UNREADABLE_ANSWER
        return failed(network="Noticeboard", reason=reason if changes else None, status=status)

    def _receipt(self, rendition: Rendition, notice: Mapping[str, Any], *, proof: Proof = Proof.ANSWERED) -> Receipt:
        try:
            at = datetime.fromisoformat(notice["at"]).astimezone(UTC)
            post_id = str(notice["id"])
        except (KeyError, TypeError, ValueError):
            raise failed(network="Noticeboard", reason=UnknownReason.UNREADABLE_ANSWER) from None
        return Receipt(
            platform=self.platform,
            account=rendition.account,
            post_id=post_id,
            url=str(notice.get("url", "")),
            at=at,
            proof=proof,
            raw=notice,
        )


def _check_pictures(draft: Draft) -> None:
    """
    Refuse pictures that the board does not take.

    Raises:
        BadInput: If there are too many, or one is of the wrong type, too large or too much described.
    """
    media = LIMITS.media
    wrong = [
        (len(draft.media) > media.images, "画像は2枚までです。", "Two pictures at most."),
        (
            any(one.media_type not in media.types for one in draft.media),
            "PNG か JPEG だけです。",
            "Only PNG and JPEG.",
        ),
        (
            any(len(one.content) > media.bytes_[MediaKind.IMAGE] for one in draft.media),
            "画像は 1 MB までです。",
            "A picture has 1 MB at most.",
        ),
        (
            any(len(one.alt_text or "") > media.alt_text for one in draft.media),
            "代替テキストは 200 文字までです。",
            "An alt text has 200 characters at most.",
        ),
    ]
    for is_so, ja, en in wrong:
        if is_so:
            raise BadInput(Bilingual(ja, en), mend=_DROP, place="draft.media")
