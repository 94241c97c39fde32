from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from civicsns.adapters.x import Enrolment, XAdapter, XSettings
from civicsns.model import Account, Credential, CredentialKind, Secret
from civicsns.testing.clock import PracticeClock
from civicsns.testing.contract import AdapterContract, ContractBench, Held, Operation
from civicsns.testing.sandbox import XNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.model import AuthorizationRequest
    from civicsns.testing.sandbox.x import XUser

REDIRECT = "http://127.0.0.1:8400/callback"


def _bench(network: XNetwork, clock: PracticeClock, *, enrolment: Enrolment) -> ContractBench:
    app = network.register_app(name="広報さが", callback_uris=(REDIRECT,))
    hanako = network.add_user(handle="saga_hanako", name="佐賀花子")
    citizen = network.add_user(handle="takeo_citizen", name="市民")

    def adapter(seconds: float) -> XAdapter:
        settings = XSettings(
            consumer_key=Secret(app.consumer_key),
            consumer_secret=Secret(app.consumer_secret),
            client_id=Secret(app.client_id),
            client_secret=Secret(app.client_secret),
            app_name=app.name,
            enrolment=enrolment,
            base_url=network.url,
            site_url=network.url,
            connect_timeout=timedelta(seconds=2),
            read_timeout=timedelta(seconds=seconds),
        )
        return XAdapter(settings, clock=clock)

    def held() -> tuple[Held, ...]:
        media = {post["id"]: post["media"] for post in network.snapshot()["posts"]}
        return tuple(
            Held(
                id=post.id,
                text=post.text,
                alt_texts=tuple(item["alt_text"] or "" for item in media[post.id]),
                answers=post.reply_to,
            )
            for post in network.posts(hanako)
        )

    def sign_in(request: AuthorizationRequest) -> str:
        return network.sign_in(request.url, hanako)

    return ContractBench(
        adapter=adapter(5),
        hasty=adapter(0.3),
        account=Account(id="x:saga_hanako", platform="x", handle=hanako.handle, network_id=hanako.id),
        credential=_credential(network, hanako, app, enrolment),
        network=network,
        held=held,
        by_another=lambda text: network.post_as(hanako, text),
        pass_time=lambda seconds: clock.advance(timedelta(seconds=seconds)),
        now=clock.now,
        mention=lambda text: network.post_as(citizen, f"@saga_hanako {text}"),
        sign_in=sign_in,
        redirect_uri=REDIRECT,
        secrets=(app.consumer_secret, app.client_secret),
    )


def _credential(network: XNetwork, user: XUser, app: Any, enrolment: Enrolment) -> Credential:
    if enrolment is Enrolment.OAUTH1:
        token, secret = network.oauth1_token(user, app)
        secrets = {"access_token": Secret(token), "access_token_secret": Secret(secret)}
        return Credential(platform="x", kind=CredentialKind.X_OAUTH1, secrets=secrets, subject=user.id)
    scopes = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
    access, refresh = network.oauth2_token(user, scopes, app)
    secrets = {"access_token": Secret(access), "refresh_token": Secret(refresh)}
    return Credential(platform="x", kind=CredentialKind.X_OAUTH2, secrets=secrets, subject=user.id, scopes=scopes)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> PracticeClock:
    """The time of adapter and network, and of the OAuth 1.0a signatures, for which oauthlib asks the system."""
    clock = PracticeClock(datetime.now(UTC))
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: str(int(clock.now().timestamp())))
    return clock


class TestXWithOAuth2(AdapterContract):
    adapter_type = XAdapter
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.PUBLISH: ("create",),
        Operation.FIND: ("timeline",),
        Operation.DELETE: ("delete",),
        Operation.UPLOAD: ("upload_initialize", "upload_append", "upload_finalize", "metadata"),
        Operation.EDIT: ("create",),
        Operation.MENTIONS: ("mentions",),
        Operation.METRICS: ("lookup",),
        Operation.PROFILE: ("me",),
        Operation.BEGIN: (),
        Operation.COMPLETE: ("token",),
        Operation.REFRESH: ("token",),
        Operation.REVOKE: ("revoke",),
        Operation.WHOAMI: ("me",),
    }

    @pytest.fixture
    def bench(self, clock: PracticeClock) -> Iterator[ContractBench]:
        with XNetwork(clock=clock) as network:
            yield _bench(network, clock, enrolment=Enrolment.OAUTH2)


class TestXWithOAuth1(AdapterContract):
    adapter_type = XAdapter
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        **TestXWithOAuth2.calls,
        Operation.BEGIN: ("request_token",),
        Operation.COMPLETE: ("access_token",),
        Operation.REFRESH: (),
    }

    @pytest.fixture
    def bench(self, clock: PracticeClock) -> Iterator[ContractBench]:
        with XNetwork(clock=clock) as network:
            yield _bench(network, clock, enrolment=Enrolment.OAUTH1)
