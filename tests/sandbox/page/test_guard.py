from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from tests.sandbox.page.conftest import PageDesk

    from civicsns.testing.sandbox import Sandbox

FAULT = {"network": "x", "on": "create", "fault": "timeout", "times": "2", "carried_out": "1"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""])
def test_names_that_are_not_this_machines_are_refused(page: Callable[..., requests.Response], host: str) -> None:
    """
    A site whose name resolves to 127.0.0.1 reads nothing and orders nothing.
    """
    for path in ("/", "/api/state", "/api/faults", "/page.js"):
        answer = page(path, headers={"Host": host})

        assert answer.status_code in {400, 421}
        assert "<ol" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "LOCALHOST:8080", "[::1]:80", "127.9.9.9"])
def test_every_name_of_this_machine_is_accepted(page: Callable[..., requests.Response], host: str) -> None:
    """
    Also through a forwarded port.
    """
    assert 200 == page("/", headers={"Host": host}).status_code


def test_a_fault_is_ordered_by_the_form(page: Callable[..., requests.Response], sandbox: Sandbox, token: str) -> None:
    """
    The fault is in the book with all that the form said, and the page says so in the reader's language.
    """
    answer = page("/faults?lang=en", "POST", data={**FAULT, "token": token})
    order = sandbox.x.faults.take("create", "")
    after = page(answer.headers["Location"])

    assert 303 == answer.status_code
    assert order is not None
    assert (Fault.TIMEOUT, True) == (order.fault, order.carried_out)
    assert 1 == sandbox.x.faults.waiting
    assert "The fault is ordered." in after.text


def test_an_unticked_box_orders_a_fault_that_is_not_carried_out(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str
) -> None:
    """
    Browsers leave an unticked box out of the form.
    """
    form = {name: value for name, value in FAULT.items() if name != "carried_out"}
    page("/faults", "POST", data={**form, "token": token})
    order = sandbox.x.faults.take("create", "")

    assert order is not None
    assert order.carried_out is False


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize("path", ["/faults", "/faults/clear", "/citizens"])
def test_forms_of_other_sites_are_refused(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str, path: str, headers: dict[str, str]
) -> None:
    """
    Even with the right token: nothing is ordered, cleared or posted.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    sandbox.x.faults.order(Fault.RESET, on="create")
    form = {**FAULT, "token": token, "name": "市民", "text": "こんにちは", "account": user.handle}
    answer = page(path, "POST", data=form, headers=headers)

    assert 403 == answer.status_code
    assert 1 == sandbox.x.faults.waiting
    assert () == sandbox.x.posts()


@pytest.mark.parametrize("given", ["", "wrong", "ワ"])
def test_forms_without_the_pages_token_are_refused(
    page: Callable[..., requests.Response], sandbox: Sandbox, given: str
) -> None:
    """
    A form that this page did not serve orders nothing.
    """
    answer = page("/faults", "POST", data={**FAULT, "token": given})

    assert 403 == answer.status_code
    assert 0 == sandbox.x.faults.waiting


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": "mastodon"},
        {"on": "feed"},
        {"fault": "meteor"},
        {"times": "0"},
        {"times": "-1"},
        {"times": "１"},
        {"times": "1000"},
        {"network": "graph", "on": "feed", "fault": "payment_required"},
    ],
)
def test_a_wrong_order_is_refused(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str, wrong: dict[str, str]
) -> None:
    """
    Unknown networks, operations, faults and numbers order nothing, and the refusal repeats nothing that was sent.
    """
    answer = page("/faults?lang=en", "POST", data={**FAULT, "token": token, **wrong})

    assert 400 == answer.status_code
    assert (0, 0) == (sandbox.x.faults.waiting, sandbox.graph.faults.waiting)
    assert "Something is missing or wrong" in answer.text


def test_a_citizen_writes_to_an_account(page: Callable[..., requests.Response], sandbox: Sandbox, token: str) -> None:
    """
    The same made-up citizen writes twice: two posts that name the account, by one user.
    """
    hanako = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    form = {"token": token, "network": "x", "account": "saga_hanako", "name": "市民A <b>"}
    for text in ("開館は何時ですか", "@saga_hanako お願いします"):
        page("/citizens", "POST", data={**form, "text": text})
    posts = sandbox.x.posts()

    assert ["@saga_hanako 開館は何時ですか", "@saga_hanako お願いします"] == [post.text for post in posts]
    assert 1 == len({post.user_id for post in posts} - {hanako.id})


def test_a_citizen_answers_a_post(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str, facebook: PageDesk
) -> None:
    """
    On X the answer is a reply that names the author; on Facebook it is a comment.
    """
    hanako = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    first = sandbox.x.post_as(hanako, "本日休館です")
    post = facebook.send("feed", {"message": "桜が見頃です"})
    who = {"token": token, "name": "市民A", "text": "ありがとう"}
    page("/citizens", "POST", data={**who, "network": "x", "post": first.id})
    page("/citizens", "POST", data={**who, "network": "graph", "post": post})
    reply = sandbox.x.posts()[-1]

    assert (first.id, "@saga_hanako ありがとう") == (reply.reply_to, reply.text)
    assert [("市民A", "ありがとう")] == [(one.author, one.message) for one in sandbox.graph.comments(post)]


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"text": " "}, {"name": "長" * 51}, {"text": "長" * 2001}, {"post": "1"}, {"account": "no"}]
)
@pytest.mark.parametrize("network", ["x", "graph"])
def test_what_a_citizen_cannot_write_is_refused(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str, network: str, wrong: dict[str, str]
) -> None:
    """
    Empty and overlong words, and posts and accounts that are not there.
    """
    sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    form = {"token": token, "network": network, "account": "saga_hanako", "name": "市民", "text": "はい", **wrong}
    answer = page("/citizens", "POST", data=form)

    assert 400 == answer.status_code
    assert () == sandbox.x.posts()


def test_faults_are_ordered_over_the_api(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    A test in another process orders a fault with every detail, reads what waits, and cancels it.
    """
    order = {"network": "graph", "fault": "reset", "on": "feed", "times": 3, "skip": 1, "carried_out": False}
    made = page("/api/faults", "POST", json=order)
    listed = page("/api/faults").json()
    first, second = sandbox.graph.faults.take("feed", ""), sandbox.graph.faults.take("feed", "")
    cleared = page("/api/faults", "DELETE").json()

    assert (201, {"waiting": {"x": 0, "graph": 3}}) == (made.status_code, made.json())
    assert {"x": 0, "graph": 3} == listed["waiting"]
    assert "create" in listed["operations"]["x"]
    assert first is None
    assert second is not None
    assert (Fault.RESET, False) == (second.fault, second.carried_out)
    assert {"waiting": {"x": 0, "graph": 0}} == cleared


@pytest.mark.parametrize(
    "order",
    [
        {},
        [],
        {"network": "x", "fault": "reset"},
        {"network": "x", "fault": "reset", "on": "feed"},
        {"network": "x", "fault": "meteor", "on": "create"},
        {"network": "x", "fault": "reset", "on": "create", "times": "3"},
        {"network": "x", "fault": "reset", "on": "create", "times": True},
        {"network": "x", "fault": "reset", "on": "create", "surprise": 1},
    ],
)
def test_a_wrong_order_over_the_api_is_told_in_both_languages(
    page: Callable[..., requests.Response], sandbox: Sandbox, order: object
) -> None:
    """
    Nothing is ordered.
    """
    answer = page("/api/faults", "POST", json=order)

    assert 400 == answer.status_code
    assert {"ja", "en"} == set(answer.json()["error"])
    assert 0 == sandbox.x.faults.waiting


def test_a_plain_form_cannot_use_the_api(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    A form of another site can send text that looks like JSON, but not the type; and other origins are refused.
    """
    text = '{"network": "x", "fault": "reset", "on": "create"}'
    plain = page("/api/faults", "POST", data=text, headers={"Content-Type": "text/plain"})
    foreign = page(
        "/api/faults", "POST", data=text, headers={"Content-Type": "application/json", "Origin": "http://a.jp"}
    )

    assert (400, 403) == (plain.status_code, foreign.status_code)
    assert 0 == sandbox.x.faults.waiting


def test_the_state_of_both_networks_is_readable_over_the_api(
    page: Callable[..., requests.Response], sandbox: Sandbox, facebook: PageDesk
) -> None:
    """
    A test in another process sees the posts, and no token.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    token, secret = sandbox.x.oauth1_token(user)
    sandbox.x.post_as(user, "本日休館です")
    facebook.send("feed", {"message": "桜が見頃です"})
    answer = page("/api/state")
    state = answer.json()

    assert ["本日休館です"] == [post["text"] for post in state["x"]["posts"]]
    assert ["桜が見頃です"] == [post["message"] for post in state["graph"]["posts"]]
    assert token not in answer.text
    assert secret not in answer.text


def test_a_form_that_is_too_long_is_refused(
    page: Callable[..., requests.Response], sandbox: Sandbox, token: str
) -> None:
    """
    More than 64 KiB is not read.
    """
    answer = page("/citizens", "POST", data={"token": token, "text": "長" * 100_000})

    assert 413 == answer.status_code


@pytest.mark.parametrize(("method", "path"), [("GET", "/faults"), ("POST", "/"), ("PUT", "/api/faults"), ("GET", "/x")])
def test_other_methods_and_addresses_are_refused(
    page: Callable[..., requests.Response], method: str, path: str
) -> None:
    """
    With a page, not with a crash.
    """
    assert page(path, method).status_code in {404, 405}
