"""
What an adapter costs over the bare SDK: wall time per text post, same call, same practice network, same run.

The two take turns, post by post, and each post has its own text. The practice networks run in a process of their own.

Run: python benchmarks/adapters.py
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import requests
import tweepy
from requests.adapters import HTTPAdapter

from civicsns.adapters.facebook import FacebookAdapter
from civicsns.adapters.x import XAdapter
from civicsns.clock import SystemClock
from civicsns.model import Account, Credential, CredentialKind, Draft, Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from civicsns.ports import Adapter

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)
    import facebook

ROUNDS = 400
WARM_UP = 40
#: Posts per account, below the practice networks' limits.
PER_ACCOUNT = 40


def practice(pipe: Connection) -> None:
    """Run the practice networks, and hand over what a client needs."""
    from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- in the other process alone

    accounts = 2 * (ROUNDS + WARM_UP) // PER_ACCOUNT + 1
    with Sandbox() as sandbox:
        users = [sandbox.x.add_user(handle=f"bench_{number}", name="b") for number in range(accounts)]
        person = sandbox.graph.add_person("b")
        pages = [
            sandbox.graph.add_page(f"b{number}", tasks={person: ("CREATE_CONTENT",)}) for number in range(accounts)
        ]
        pipe.send(
            {
                "x": sandbox.x.url,
                "consumer": (sandbox.x.app.consumer_key, sandbox.x.app.consumer_secret),
                "users": [(user.id, *sandbox.x.oauth1_token(user)) for user in users],
                "graph": sandbox.graph.url,
                "app": (sandbox.graph.app.id, sandbox.graph.app.secret),
                "pages": [(page.id, sandbox.graph.page_token(page, person)) for page in pages],
            }
        )
        pipe.recv()


class ToPractice(HTTPAdapter):
    """Send what is meant for the network to the practice network; the least that can be done."""

    def __init__(self, origin: str, url: str) -> None:
        super().__init__()
        self.origin = origin
        self.url = url

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:  # type: ignore[override]
        """Rewrite the address."""
        assert request.url is not None
        request.headers["Host"] = self.origin.removeprefix("https://")
        request.url = request.url.replace(self.origin, self.url)
        return super().send(request, **given)


def bare_tweepy(world: dict[str, Any]) -> Callable[[int, str], None]:
    """Post with tweepy alone, as its documentation does, over one kept connection."""
    session = requests.Session()
    session.mount("https://api.twitter.com", ToPractice("https://api.twitter.com", world["x"]))
    key, secret = world["consumer"]
    clients = []
    for _, token, token_secret in world["users"]:
        client = tweepy.Client(
            consumer_key=key, consumer_secret=secret, access_token=token, access_token_secret=token_secret
        )
        client.session = session
        clients.append(client)

    def post(account: int, text: str) -> None:
        clients[account].create_tweet(text=text)

    return post


def bare_facebook(world: dict[str, Any]) -> Callable[[int, str], None]:
    """Post with facebook-sdk alone, over one kept connection."""
    session = requests.Session()
    session.mount("https://graph.facebook.com", ToPractice("https://graph.facebook.com", world["graph"]))
    graphs = []
    for _, token in world["pages"]:
        graph = facebook.GraphAPI(token, session=session)
        graph.version = "v26.0"
        graphs.append(graph)

    def post(account: int, text: str) -> None:
        graphs[account].put_object(world["pages"][account][0], "feed", message=text, fields="id,permalink_url")

    return post


def through(adapter: Adapter, accounts: list[tuple[Account, Credential]]) -> Callable[[int, str], None]:
    """Post through an adapter: prepare and publish."""

    def post(account: int, text: str) -> None:
        known, credential = accounts[account]
        draft = Draft(author="1", text=text, accounts=[known.id])
        adapter.publish(adapter.prepare(draft, known), credential)

    return post


def ours_x(world: dict[str, Any]) -> Callable[[int, str], None]:
    """Post through the X adapter."""
    key, secret = world["consumer"]
    settings = {"base_url": world["x"], "consumer_key": Secret(key), "consumer_secret": Secret(secret)}
    accounts = [
        (
            Account(id=f"x:{user_id}", platform="x", network_id=user_id),
            Credential(
                platform="x",
                kind=CredentialKind.X_OAUTH1,
                subject=user_id,
                secrets={"access_token": Secret(token), "access_token_secret": Secret(token_secret)},
            ),
        )
        for user_id, token, token_secret in world["users"]
    ]
    return through(XAdapter.configure(settings, place="benchmark", clock=SystemClock()), accounts)


def ours_facebook(world: dict[str, Any]) -> Callable[[int, str], None]:
    """Post through the Facebook adapter."""
    app_id, app_secret = world["app"]
    settings = {"base_url": world["graph"], "app_id": app_id, "app_secret": Secret(app_secret)}
    accounts = [
        (
            Account(id=f"facebook:{page_id}", platform="facebook", network_id=page_id),
            Credential(
                platform="facebook",
                kind=CredentialKind.FACEBOOK_PAGE,
                subject=page_id,
                secrets={"access_token": Secret(token)},
            ),
        )
        for page_id, token in world["pages"]
    ]
    return through(FacebookAdapter.configure(settings, place="benchmark", clock=SystemClock()), accounts)


def compare(name: str, bare: Callable[[int, str], None], ours: Callable[[int, str], None]) -> dict[str, float]:
    """Let the two take turns; print medians and the ratio."""
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for number in range(ROUNDS + WARM_UP):
        turns = [("bare", bare), ("ours", ours)]
        # Who goes first alternates, so that neither always meets the warmer cache.
        for label, post in turns if number % 2 else reversed(turns):
            text = f"お知らせ {number} {label} 佐賀牛が売り切れました。ご来場ありがとうございます。"
            begun = time.perf_counter()
            post(2 * number // PER_ACCOUNT, text)
            if number >= WARM_UP:
                times[label].append(time.perf_counter() - begun)
    medians = {label: statistics.median(values) * 1000 for label, values in times.items()}
    pairs = [ours_ / bare_ for ours_, bare_ in zip(times["ours"], times["bare"], strict=True)]
    result = {
        "bare_ms": round(medians["bare"], 3),
        "ours_ms": round(medians["ours"], 3),
        "ratio_of_medians": round(medians["ours"] / medians["bare"], 3),
        "median_of_ratios": round(statistics.median(pairs), 3),
        "ratio_of_means": round(statistics.fmean(times["ours"]) / statistics.fmean(times["bare"]), 3),
    }
    print(f"{name:<28} {json.dumps(result)}")
    return result


def main() -> int:
    """Compare both; 0 if both ratios are at most 1.15."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=practice, args=(theirs,))
    process.start()
    world = ours.recv()
    print(f"{ROUNDS} posts each, taking turns; milliseconds per post (median)")
    results = [
        compare("X: tweepy", bare_tweepy(world), ours_x(world)),
        compare("Facebook: facebook-sdk", bare_facebook(world), ours_facebook(world)),
    ]
    ours.send("done")
    process.join()
    return 0 if all(result["ratio_of_medians"] <= 1.15 for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
