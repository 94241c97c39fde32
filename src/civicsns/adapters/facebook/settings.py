"""The table of a Facebook adapter in `civicsns.toml`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.adapters.transport import checked_base_url
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import (
    Idempotency,
    Limits,
    MediaKind,
    MediaLimits,
    ReadBack,
    ScheduleLimits,
    Secret,
    TextLimits,
)
from civicsns.text import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where the Graph API answers; the SDK has the same address built in.
GRAPH: Final = "https://graph.facebook.com"

_MEGABYTE = 1024 * 1024


@attrs.frozen(kw_only=True)
class FacebookSettings:
    """
    How one programme uses the Graph API.

    Figures without a source in Meta's reference are consensus among publishing tools; each is a setting, so that a
    city can follow Meta without waiting for a release.

    Attributes:
        app_id: The app's id.
        app_secret: The app's secret; signs every call (`appsecret_proof`) and never travels beside a post.
        version: The version of the Graph API.
        base_url: Where the Graph API answers; `http` only on this very machine.
        dialog_url: Where a person signs in.
        connect_timeout: The most time for connecting.
        read_timeout: The most time between two pieces of an answer.
        scopes: What a sign-in asks for.
        text_maximum: The most characters in a post (consensus; not in the reference).
        images_maximum: The most pictures in a post (consensus; not in the reference).
        image_bytes: The most bytes of a picture (reference of `/{page}/photos`).
        video_bytes: The most bytes of a film (a file is held in memory; Meta itself takes more).
        alt_text_maximum: The most characters in an alt text (not in the reference; X's figure).
        schedule_soonest: The least time ahead when Facebook itself is to publish.
        schedule_latest: The most time ahead; Meta's own pages disagree on it.
        two_phase: Make posts unpublished first and publish them by id. Unverified on the live network.
        network_delay: How long after a request Facebook may still carry it out.
        read_back_lag: How long a published post may be missing from the list.
        comments_on: How many of the newest posts are looked at for comments.
        post_metrics: The figures to read of a post.
        page_metrics: The figures to read of a Page.
    """

    app_id: str
    app_secret: Secret
    version: str = "v26.0"
    base_url: str = GRAPH
    dialog_url: str = "https://www.facebook.com"
    connect_timeout: timedelta = timedelta(seconds=10)
    read_timeout: timedelta = timedelta(seconds=60)
    scopes: tuple[str, ...] = (
        "pages_show_list",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "read_insights",
    )
    text_maximum: int = 63206
    images_maximum: int = 10
    image_bytes: int = 10 * _MEGABYTE
    video_bytes: int = 1024 * _MEGABYTE
    alt_text_maximum: int = 1000
    schedule_soonest: timedelta = timedelta(minutes=10)
    schedule_latest: timedelta = timedelta(days=30)
    two_phase: bool = False
    network_delay: timedelta = timedelta(minutes=5)
    read_back_lag: timedelta = timedelta(minutes=10)
    comments_on: int = 25
    post_metrics: tuple[str, ...] = ("post_clicks", "post_reactions_by_type_total", "post_media_view")
    page_metrics: tuple[str, ...] = ("page_follows", "page_post_engagements", "page_media_view")

    @property
    def limits(self) -> Limits:
        """What a Page's post can carry."""
        return Limits(
            text=TextLimits(measure=Measure.FACEBOOK, maximum=self.text_maximum),
            media=MediaLimits(
                images=self.images_maximum,
                videos=1,
                # WebP is missing from the formats of `/{page}/photos`; an animated GIF moves only as a film.
                types=frozenset({"image/jpeg", "image/png", "image/gif", "video/mp4", "video/quicktime"}),
                bytes_={
                    MediaKind.IMAGE: self.image_bytes,
                    MediaKind.GIF: self.video_bytes,
                    MediaKind.VIDEO: self.video_bytes,
                },
                alt_text=self.alt_text_maximum,
            ),
            schedule=ScheduleLimits(soonest=self.schedule_soonest, latest=self.schedule_latest),
            idempotency=Idempotency.NONE,
            read_back=ReadBack.WEAK,
            network_delay=self.network_delay,
            read_back_lag=self.read_back_lag,
            links=True,
        )


def checked(settings: FacebookSettings, *, place: str) -> FacebookSettings:
    """
    Check what the types of the fields do not.

    Raises:
        ConfigurationError: If an address is not safe, a figure makes no sense, or a name is empty.
    """
    faults: list[Bilingual] = [
        *(_empty(name) for name in ("app_id", "app_secret", "scopes") if not getattr(settings, name)),
        *_not_positive(settings),
    ]
    if settings.schedule_latest < settings.schedule_soonest:
        faults.append(
            Bilingual("schedule_latest が schedule_soonest より前です。", "schedule_latest is before schedule_soonest.")
        )
    if faults:
        raise ConfigurationError(
            Bilingual("".join(one.ja for one in faults), " ".join(one.en for one in faults)),
            mend=Bilingual("設定を直してから、もう一度実行してください。", "Mend the settings and run again."),
            place=place,
        )
    return attrs.evolve(
        settings,
        base_url=checked_base_url(settings.base_url, place=f"{place}.base_url"),
        dialog_url=checked_base_url(settings.dialog_url, place=f"{place}.dialog_url"),
    )


def _empty(name: str) -> Bilingual:
    return Bilingual(f"{name} が空です。", f"{name} is empty.")


def _not_positive(settings: FacebookSettings) -> Iterable[Bilingual]:
    counts = ("text_maximum", "images_maximum", "image_bytes", "video_bytes", "alt_text_maximum", "comments_on")
    times = ("connect_timeout", "read_timeout")
    for name in (*counts, *times):
        value = getattr(settings, name)
        if not value or (value < 0 if name in counts else value < timedelta(0)):
            yield Bilingual(f"{name} は 0 より大きくしてください。", f"{name} must be more than 0.")
