"""The settings of the X adapter, and what X can carry under them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.adapters.transport import checked_base_url
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import (
    Idempotency,
    Limits,
    MediaKind,
    MediaLimits,
    Rate,
    ReadBack,
    Secret,
    TextLimits,
)
from civicsns.text import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The scopes that posting with pictures and lasting sign-ins need (docs.x.com, OAuth 2.0 scopes).
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")

_MIB = 1024 * 1024


class Enrolment(StrEnum):
    """How accounts sign in."""

    #: OAuth 1.0a: tokens do not end.
    OAUTH1 = "oauth1"
    #: OAuth 2.0: tokens last two hours and are refreshed.
    OAUTH2 = "oauth2"


@attrs.frozen(kw_only=True)
class XSettings:
    """
    How to reach X, and as which app.

    Attributes:
        consumer_key: The app's key for OAuth 1.0a.
        consumer_secret: The secret that belongs to it.
        client_id: The app's id for OAuth 2.0.
        client_secret: The secret that belongs to it; None for an app that X calls a public client.
        app_name: The app's name as X shows it under `source`; lets `find` tell posts of this app from those that
            somebody wrote by hand. Empty: `source` is not compared.
        enrolment: How accounts sign in.
        scopes: What an OAuth 2.0 sign-in asks for.
        base_url: Where X's API is.
        site_url: Where people sign in with OAuth 2.0, and read posts.
        connect_timeout: The longest wait for a connection.
        read_timeout: The longest wait for an answer.
        processing: The longest wait for X to work through a film, in one call of `upload`.
        text_maximum: The longest text, in weighted characters; more than 280 only for accounts with X Premium.
        image_bytes: The most bytes of a picture (docs.x.com, media best practices: 5 MB).
        gif_bytes: The most bytes of a GIF (15 MB).
        video_bytes: The most bytes of a film (512 MB).
        network_delay: How long after taking a request X may still carry it out.
        read_back_lag: How long a published post may be missing from the account's timeline.
        clock_skew: How far this machine's clock may be off from X's.
    """

    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None
    app_name: str = ""
    enrolment: Enrolment = Enrolment.OAUTH1
    scopes: tuple[str, ...] = SCOPES
    base_url: str = "https://api.x.com"
    site_url: str = "https://x.com"
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=20)
    processing: timedelta = timedelta(minutes=2)
    text_maximum: int = 280
    image_bytes: int = 5 * _MIB
    gif_bytes: int = 15 * _MIB
    video_bytes: int = 512 * _MIB
    network_delay: timedelta = timedelta(minutes=2)
    read_back_lag: timedelta = timedelta(minutes=1)
    clock_skew: timedelta = timedelta(minutes=2)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The app's keys, to be masked wherever an answer of X is shown."""
        keys = (self.consumer_key, self.consumer_secret, self.client_id, self.client_secret)
        return tuple(one for one in keys if one)

    @property
    def media_bytes(self) -> Mapping[MediaKind, int]:
        """The most bytes of a file, by kind."""
        return {
            MediaKind.IMAGE: self.image_bytes,
            MediaKind.GIF: self.gif_bytes,
            MediaKind.VIDEO: self.video_bytes,
        }


def checked(settings: XSettings, *, place: str) -> XSettings:
    """
    Give *settings* with tidy addresses.

    Raises:
        ConfigurationError: If an address is unsafe, a time or size is not positive, or an app key is missing.
    """
    for field in attrs.fields(XSettings):
        value = getattr(settings, field.name)
        amount = value.total_seconds() if isinstance(value, timedelta) else value
        may_be_zero = field.name in {"network_delay", "read_back_lag", "clock_skew", "processing"}
        if isinstance(amount, int | float) and (amount < 0 or (amount == 0 and not may_be_zero)):
            raise ConfigurationError(
                Bilingual("値は 0 より大きくなければなりません。", "The value must be above 0."),
                mend=Bilingual("値を直してください。", "Set another value."),
                place=f"{place}.{field.name}",
            )
    oauth1 = settings.enrolment is Enrolment.OAUTH1
    if not (settings.consumer_key and settings.consumer_secret if oauth1 else settings.client_id):
        needed = "consumer_key, consumer_secret" if oauth1 else "client_id"
        raise ConfigurationError(
            Bilingual(f"X のアプリの鍵がありません（{needed}）。", f"The keys of the X app are missing ({needed})."),
            mend=Bilingual(
                "X の開発者画面でアプリの鍵を確かめ、設定に加えてください。",
                "Look the app's keys up in X's developer console and add them to the settings.",
            ),
            place=place,
        )
    return attrs.evolve(
        settings,
        base_url=checked_base_url(settings.base_url, place=f"{place}.base_url"),
        site_url=checked_base_url(settings.site_url, place=f"{place}.site_url"),
    )


def limits(settings: XSettings) -> Limits:
    """
    Say what X can carry.

    Rates: docs.x.com, X API rate limits. Text: docs.x.com, counting characters. Media: POST /2/tweets takes up to
    four media ids; alt texts: POST /2/media/metadata takes up to 1,000 characters.
    """
    quarter = timedelta(minutes=15)
    day = timedelta(hours=24)
    return Limits(
        text=TextLimits(measure=Measure.X, maximum=settings.text_maximum),
        media=MediaLimits(
            images=4,
            videos=1,
            types=frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime"}),
            bytes_=dict(settings.media_bytes),
            alt_text=1000,
        ),
        schedule=None,
        idempotency=Idempotency.NONE,
        read_back=ReadBack.STRONG,
        network_delay=settings.network_delay,
        read_back_lag=settings.read_back_lag,
        rates=(
            Rate(operation="publish", scope="account", calls=100, per=quarter),
            Rate(operation="publish", scope="app", calls=10_000, per=day),
            Rate(operation="delete", scope="account", calls=50, per=quarter),
            Rate(operation="find", scope="account", calls=900, per=quarter),
            Rate(operation="find", scope="app", calls=10_000, per=quarter),
            Rate(operation="mentions", scope="account", calls=300, per=quarter),
            Rate(operation="mentions", scope="app", calls=450, per=quarter),
            Rate(operation="whoami", scope="account", calls=75, per=quarter),
        ),
        replies=True,
        quotes=True,
        polls=True,
        reply_settings=True,
        # "Authenticity" and "automation rules" (help.x.com) forbid it across accounts; accounts are suspended for it.
        similar_texts=False,
        # X does not say for how long; a day is on the safe side.
        repeat_after=day,
    )
