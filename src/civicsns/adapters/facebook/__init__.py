"""
Facebook Pages over the Graph API, through facebook-sdk.

Sections post as Pages. Personal profiles have been closed to programs since 2018-08-01; `handoff` prepares what a
person shares by hand instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from civicsns.adapters.facebook import enrolment, media, publishing, reading, rendition, tokens
from civicsns.adapters.facebook.handoff import handoff
from civicsns.adapters.facebook.settings import FacebookSettings, checked
from civicsns.adapters.facebook.versions import GraphVersionWarning, checked_version
from civicsns.adapters.facebook.wire import Wire
from civicsns.clock import SystemClock
from civicsns.config import structure
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from civicsns.model import (
        Account,
        AuthorizationRequest,
        Credential,
        DiscoveredAccount,
        Draft,
        Handoff,
        Limits,
        Mention,
        Metrics,
        PostRef,
        Profile,
        Receipt,
        Rendition,
        TokenStatus,
    )
    from civicsns.ports import Clock

__all__ = ["FacebookAdapter", "FacebookSettings", "GraphVersionWarning", "handoff"]


class FacebookAdapter:
    """
    Facebook Pages; safe to use from several threads.

    Implements `Adapter`, `Uploads`, `Edits`, `ReadsAgenda`, `ReadsMentions`, `ReadsMetrics`, `ReadsProfiles`, `Enrols`,
    `InspectsTokens` and `DiscoversAccounts` of `civicsns.ports`.

    Args:
        settings: How the Graph API is used.
        clock: Where the time comes from.
        place: Where the settings stand, for messages.

    Attributes:
        platform: The network's name.
        settings: The settings, checked.
        version_expires: The day on which the configured version of the Graph API ends; None where none is known.

    Warns:
        GraphVersionWarning: If the version ends soon, or is unknown.

    Raises:
        ConfigurationError: If a setting makes no sense, or the version has ended.
    """

    platform: ClassVar[str] = rendition.PLATFORM

    def __init__(
        self, settings: FacebookSettings, *, clock: Clock | None = None, place: str = "FacebookSettings"
    ) -> None:
        self._clock = clock or SystemClock()
        self.version_expires: date | None = checked_version(
            settings.version, now=self._clock.now(), place=f"{place}.version"
        )
        self.settings = checked(settings, place=place)
        self._limits = self.settings.limits
        self._wire = Wire(self.settings, clock=self._clock)

    @classmethod
    def configure(cls, settings: Mapping[str, Any], *, place: str, clock: Clock) -> Self:
        """
        Make the adapter from its table in `civicsns.toml`; see `civicsns.ports.Configurable`.

        Raises:
            ConfigurationError: If a key is unknown, missing or wrong.
        """
        return cls(structure(FacebookSettings, settings, place=place), clock=clock, place=place)

    @property
    def limits(self) -> Limits:
        """What a Page's post can carry."""
        return self._limits

    @property
    def asked_scopes(self) -> frozenset[str]:
        """What a sign-in asks for; see `AsksScopes`."""
        return frozenset(self.settings.scopes)

    def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        self._wire.close()

    # --- Adapter ------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        """
        Make what goes to the Page; see `civicsns.ports.Adapter.prepare`.

        Raises:
            BadInput: If a part of the draft is wrong.
            TextTooLong: If the text is too long.
            Unsupported: If a Page's post cannot carry a part, or the account is a personal profile.
        """
        return rendition.prepare(draft, account, limits=self._limits, now=self._clock.now())

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        """
        Publish, by one request after the uploads; see `civicsns.ports.Adapter.publish`.

        Raises:
            Outcome: One of the six.
        """
        rendition = self.upload(rendition, credential)
        page, token = tokens.page_of(rendition, credential)
        return publishing.publish(self._wire, rendition, page=page, token=token, now=self._clock.now())

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        """
        Look for the post among those that the app published after *since*; None proves nothing.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        page, token = tokens.page_of(rendition, credential)
        return reading.find(
            self._wire,
            rendition,
            page=page,
            app_id=self.settings.app_id,
            token=token,
            since=since,
            now=self._clock.now(),
            apart_from=apart_from,
        )

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        """
        Delete a post, and confirm it; see `civicsns.ports.Adapter.delete`.

        Raises:
            Outcome: One of the six.
        """
        owner = tokens.owner_of(receipt.post_id) or credential.subject
        publishing.delete(self._wire, receipt, owner=owner, token=tokens.posting(credential, page=owner))

    def hand_off(self, draft: Draft, account: Account) -> Handoff:
        """Prepare *draft* for a person to share by hand; see `civicsns.ports.HandsOff`."""
        return handoff(draft, account)

    def scheduled(self, account: Account, credential: Credential) -> Sequence[Receipt]:
        """
        List what the Page is to publish later, whoever has scheduled it; see `civicsns.ports.ReadsAgenda`.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        token = tokens.posting(credential, page=account.network_id)
        page = account.network_id or credential.subject or "me"
        return reading.scheduled(self._wire, account=account.id, page=page, token=token, now=self._clock.now())

    # --- Uploads, Edits -----------------------------------------------------------------------------------------

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        """
        Send up the files, and with `two_phase` the unpublished post; see `civicsns.ports.Uploads`.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        page, token = tokens.page_of(rendition, credential)
        if media.missing(rendition):
            rendition = media.upload(self._wire, rendition, page=page, token=token)
        if self._in_two(rendition) and publishing.unpublished(rendition) is None:
            rendition = publishing.make_unpublished(self._wire, rendition, page=page, token=token)
        return rendition

    def _in_two(self, held: Rendition) -> bool:
        # A scheduled post and a film are made unpublished in any case.
        return (
            self.settings.two_phase and "scheduled_publish_time" not in held.body and not rendition.is_film(held.media)
        )

    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        """
        Replace the text of a post; see `civicsns.ports.Edits`.

        Raises:
            Outcome: One of the six.
        """
        tokens.page_of(rendition, credential)
        token = tokens.posting(credential, page=tokens.owner_of(receipt.post_id))
        return publishing.edit(self._wire, receipt, rendition, token=token, now=self._clock.now())

    # --- ReadsMentions, ReadsMetrics, ReadsProfiles -------------------------------------------------------------

    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        """
        Read comments on the Page's newest posts, and posts that tag the Page, after *since*, oldest first.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        token = tokens.posting(credential, page=account.network_id)
        page = account.network_id or credential.subject or "me"
        return reading.mentions(self._wire, page=page, token=token, since=since, posts=self.settings.comments_on)

    def metrics(self, account: Account, credential: Credential, posts: Sequence[PostRef]) -> Sequence[Metrics]:
        """
        Read the figures named by `post_metrics`, or of the Page those of `page_metrics` for the last day.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        token = tokens.posting(credential, page=account.network_id)
        page = account.network_id or credential.subject or "me"
        asked = [(post.id, self.settings.post_metrics, "lifetime") for post in posts] or [
            (page, self.settings.page_metrics, "day")
        ]
        return [
            reading.metrics(self._wire, subject=subject, names=names, period=period, token=token, now=self._clock.now())
            for subject, names, period in asked
        ]

    def profile(self, credential: Credential) -> Profile:
        """
        Read what citizens see of the Page; its token does, with `pages_read_engagement` and the task MODERATE.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        return reading.profile(self._wire, token=tokens.posting(credential, page=""))

    # --- Enrols, InspectsTokens, DiscoversAccounts --------------------------------------------------------------

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        """Begin a person's sign-in; see `civicsns.ports.Enrols`. Nothing is sent."""
        return enrolment.begin(self.settings, redirect_uri)

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        """
        End a sign-in; the credential is the person's, and `discover` gives those of the Pages.

        Raises:
            BadInput: If the answer belongs to another sign-in.
            Outcome: If the person or the network refused.
        """
        return enrolment.complete(self._wire, self.settings, request, callback_url, now=self._clock.now())

    def refresh(self, credential: Credential) -> Credential:
        """
        Exchange a person's token for a fresh one.

        Raises:
            Unsupported: For a Page's token, which does not expire.
            Outcome: One of the six.
        """
        person = tokens.signing_in(
            credential,
            Bilingual(
                "ページのトークンは期限がなく、更新できません。", "A Page's token does not expire, nor is it renewed."
            ),
        )
        return enrolment.refresh(self._wire, self.settings, credential, token=person, now=self._clock.now())

    def revoke(self, credential: Credential) -> None:
        """
        Take back all that a person granted the app; the Pages' tokens got by it end too.

        Raises:
            Unsupported: For a Page's token; it says how the person takes it back.
            Outcome: If it could not be confirmed.
        """
        person = tokens.signing_in(
            credential,
            Bilingual("ページのトークンだけを取り消す方法はありません。", "A Page's token alone cannot be revoked."),
            mend=Bilingual(
                "接続した本人が Facebook の「設定」の「ビジネス統合」からこのアプリを削除するか、ページの管理者が本人の役割を"
                "外してください。削除すると、本人が接続したほかのページも切れます。",
                "Whoever connected it removes the app among the Business Integrations of the Facebook settings, or the"
                " Page's owner takes the person off the Page. Removing the app ends the person's other Pages, too.",
            ),
        )
        enrolment.revoke(self._wire, person)

    def whoami(self, credential: Credential) -> Profile:
        """
        Ask whom the token speaks for.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        return enrolment.whoami(self._wire, credential, token=tokens.held(credential))

    def inspect(self, credential: Credential) -> TokenStatus:
        """
        Ask what a token may do and when it ends.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        return enrolment.inspect(self._wire, self.settings, tokens.held(credential))

    def discover(self, credential: Credential) -> Sequence[DiscoveredAccount]:
        """
        List the Pages on which the person may create content.

        Raises:
            Unsupported: For a Page's token.
            Outcome: Never `OutcomeUnknown`.
        """
        person = tokens.signing_in(
            credential,
            Bilingual("ページの一覧は本人のトークンでのみ取得できます。", "Only a person's token lists Pages."),
        )
        return enrolment.discover(self._wire, credential, token=person)
