from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import attrs
import pytest
import requests

from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings
from civicsns.model import Account, Credential, CredentialKind, Secret
from civicsns.testing.contract import AdapterContract, ContractBench, Held, Operation
from civicsns.testing.sandbox import GraphNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.model import AuthorizationRequest
    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox.graph import GraphPage, GraphPerson

REDIRECT = "http://127.0.0.1:8400/callback"


def _sign_in(request: AuthorizationRequest, person: GraphPerson, page: GraphPage) -> str:
    """Press the button of the login dialog as the person who runs the Page."""
    choice = {"person": person.id, "page": page.id, "choice": "approve"}
    answer = requests.post(request.url, data=choice, allow_redirects=False, timeout=5)
    return answer.headers["Location"]


def _held(graph: GraphNetwork, page: GraphPage) -> tuple[Held, ...]:
    posts = (*graph.posts(page), *graph.posts(page, published=False))
    return tuple(
        Held(id=post.id, text=post.message, alt_texts=post.alt_texts, scheduled_for=post.scheduled_for)
        for post in posts
        if post.app_id
    )


class TestFacebook(AdapterContract):
    adapter_type = FacebookAdapter
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.PUBLISH: ("feed",),
        Operation.FIND: ("published_posts",),
        Operation.DELETE: ("object_delete",),
        Operation.UPLOAD: ("photos",),
        Operation.EDIT: ("object_edit",),
        Operation.MENTIONS: ("published_posts", "tagged"),
        Operation.METRICS: ("insights",),
        Operation.PROFILE: ("me",),
        Operation.BEGIN: (),
        Operation.COMPLETE: ("token", "debug_token"),
        Operation.REFRESH: ("token",),
        Operation.REVOKE: ("permissions_delete",),
        Operation.WHOAMI: ("me",),
        Operation.INSPECT: ("debug_token",),
        Operation.DISCOVER: ("accounts",),
    }

    @pytest.fixture
    def bench(self, practice_clock: PracticeClock) -> Iterator[ContractBench]:
        with GraphNetwork(clock=practice_clock) as graph:
            graph.app = attrs.evolve(graph.app, require_appsecret_proof=True, redirect_uris=(REDIRECT,))
            staff = graph.add_person("佐賀花子")
            page = graph.add_page("武雄市広報", tasks={staff: ("CREATE_CONTENT", "MODERATE", "ANALYZE")})

            def adapter(seconds: float) -> FacebookAdapter:
                settings = FacebookSettings(
                    app_id=graph.app.id,
                    app_secret=Secret(graph.app.secret),
                    base_url=graph.url,
                    dialog_url=graph.url,
                    connect_timeout=timedelta(seconds=2),
                    read_timeout=timedelta(seconds=seconds),
                )
                return FacebookAdapter(settings, clock=practice_clock)

            def credential(kind: CredentialKind, token: str, subject: str) -> Credential:
                return Credential(
                    platform="facebook", kind=kind, secrets={"access_token": Secret(token)}, subject=subject
                )

            def mention(text: str) -> None:
                posts = _held(graph, page)
                if posts:
                    graph.comment_as("市民", posts[-1].id, text)
                else:
                    graph.post_as("市民", page, text)

            person = credential(
                CredentialKind.FACEBOOK_USER, graph.user_token(staff, long_lived=True, pages=(page,)), staff.id
            )
            patient, hasty = adapter(5), adapter(0.3)
            yield ContractBench(
                adapter=patient,
                hasty=hasty,
                account=Account(id="facebook:koho", platform="facebook", network_id=page.id),
                credential=credential(CredentialKind.FACEBOOK_PAGE, graph.page_token(page, staff), page.id),
                credentials=dict.fromkeys((Operation.REFRESH, Operation.REVOKE, Operation.DISCOVER), person),
                network=graph,
                held=lambda: _held(graph, page),
                by_another=lambda text: graph.post_as("市民", page, text),
                pass_time=lambda seconds: practice_clock.advance(timedelta(seconds=seconds)),
                now=practice_clock.now,
                mention=mention,
                sign_in=lambda request: _sign_in(request, staff, page),
                redirect_uri=REDIRECT,
                secrets=(graph.app.secret, graph.app_token),
            )
            patient.close()
            hasty.close()
