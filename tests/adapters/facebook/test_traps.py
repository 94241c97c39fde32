"""Each way in which facebook-sdk 3.1.0 would do harm, over a real socket, closed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta

import facebook
import pytest

from civicsns.adapters.facebook.client import GraphClient, GraphSession
from civicsns.adapters.facebook.settings import GRAPH
from civicsns.errors import OutcomeUnknown, Refused, Unavailable, UnknownReason
from civicsns.model import Secret

TOKEN = "EAAPLANTEDpagetoken77"
SECRET = "planted-app-secret-5b21"
PROOF = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
MADE = {"id": "100_1", "permalink_url": "https://www.facebook.com/100/posts/1"}


def test_the_sdk_itself_knows_no_present_version():
    """
    facebook-sdk refuses every version since 3.2, two digits included; this is why the version is set afterwards.
    """
    with pytest.raises(facebook.GraphAPIError):
        facebook.GraphAPI(version="26.0")


def test_the_client_is_the_sdk_with_the_version_set(make_recorded, reply):
    """
    The version of the settings stands in the path of each call.
    """
    desk = make_recorded(version="v25.0")
    desk.say(reply.json(MADE))
    desk.publish()

    assert issubclass(GraphClient, facebook.GraphAPI)
    assert "/v25.0/100/feed" == desk.last.path


def test_the_token_travels_in_a_header_alone(desk, reply):
    """
    Neither the address nor the body of a write holds the token; the header does, once.
    """
    desk.say(reply.json(MADE))
    desk.publish()
    seen = desk.last

    assert f"Bearer {TOKEN}" == seen.headers["authorization"]
    assert TOKEN not in seen.target
    assert TOKEN.encode() not in seen.body


@pytest.mark.parametrize("call", ["get", "delete", "empty post"])
def test_calls_without_a_body_keep_the_token_out_of_the_address(desk, reply, call):
    """
    GET, DELETE and a POST without fields, which the SDK sends with the token in the address, do not.
    """
    desk.say(reply.json({"success": True, "id": "100"}))
    token = desk.token
    match call:
        case "get":
            desk.adapter._wire.get("me", token)
        case "delete":
            desk.adapter._wire.delete("100_1", token)
        case _:
            desk.adapter._wire.post("100_1", token, fields={}, changes=True)

    assert TOKEN not in desk.last.target
    assert f"Bearer {TOKEN}" == desk.last.headers["authorization"]


@pytest.mark.parametrize("call", ["get", "post", "delete"])
def test_every_call_is_signed(desk, reply, call):
    """
    appsecret_proof is the HMAC-SHA256 of the token under the app's secret, on every method.
    """
    desk.say(reply.json({"success": True}))
    token = desk.token
    match call:
        case "get":
            desk.adapter._wire.get("me", token)
        case "delete":
            desk.adapter._wire.delete("100_1", token)
        case _:
            desk.adapter._wire.post("100_1", token, fields={"message": "x"}, changes=True)
    seen = desk.last

    assert PROOF == (seen.form if call == "post" else seen.query)["appsecret_proof"]


def test_two_tokens_never_travel_together(desk):
    """
    A call with a token of its own, for which the SDK sends both, carries the call's own alone.
    """
    session = desk.adapter._wire._session()
    client = GraphClient(version="v26.0", session=session, access_token="the-client's")
    client.request("v26.0/100/feed", post_args={"message": "x", "access_token": "the-call's"})
    seen = desk.last

    assert "Bearer the-call's" == seen.headers["authorization"]
    assert "the-client's" not in seen.target + seen.body.decode()
    assert "access_token" not in seen.target + seen.body.decode()


def test_lists_and_booleans_are_json(desk, reply, picture):
    """
    attached_media arrives as JSON, not as the name of its first key, and false as `false`, not as `False`.
    """
    desk.say(reply.json({"id": "11"}), reply.json({"id": "12"}), reply.json(MADE))
    desk.publish(media=(picture(1), picture(2)))
    first, second, post = desk.seen

    assert "false" == first.form["published"]
    assert "false" == second.form["published"]
    assert [{"media_fbid": "11"}, {"media_fbid": "12"}] == json.loads(post.form["attached_media"])


def test_tables_and_text_beyond_ascii_are_json(desk, reply):
    """
    A targeting table arrives as JSON; a text arrives as it was written.
    """
    desk.say(reply.json(MADE))
    extra = {"facebook": {"targeting": {"geo_locations": {"countries": ["JP"]}}}}
    desk.publish("佐賀🌸 & +%", extra=extra)
    seen = desk.last

    assert {"geo_locations": {"countries": ["JP"]}} == json.loads(seen.form["targeting"])
    assert "佐賀🌸 & +%" == seen.form["message"]


def test_status_code_subcode_and_trace_survive(desk, reply):
    """
    What the SDK's error drops is on the outcome: HTTP status, code with subcode, the trace id.
    """
    desk.say(reply.error(368, 1346003, status=403))
    with pytest.raises(Refused) as raised:
        desk.publish()

    assert (403, "368/1346003") == (raised.value.status, raised.value.code)
    assert {"fbtrace_id": "Atrace"} == dict(raised.value.evidence)


def test_a_page_of_html_is_no_answer(desk, reply):
    """
    An HTML 502, which the SDK reports without code or status, leaves a write unknown, with its status.
    """
    desk.say(reply(502, b"<html>bad gateway</html>", (("Content-Type", "text/html"),)))
    with pytest.raises(OutcomeUnknown) as raised:
        desk.publish()

    assert (502, UnknownReason.SERVER_ERROR) == (raised.value.status, raised.value.reason)


def test_an_answer_without_a_content_type_is_no_crash(desk, reply):
    """
    The SDK looks up the content type without asking whether there is one; the answer is judged all the same.
    """
    desk.say(reply(200, json.dumps(MADE).encode(), ()))
    receipt = desk.publish()

    assert "100_1" == receipt.post_id


def test_an_error_without_an_error_body_is_no_success(desk, reply):
    """
    The SDK takes HTTP 500 with a JSON body for a success; it is unknown.
    """
    desk.say(reply.json(MADE, 500))
    with pytest.raises(OutcomeUnknown) as raised:
        desk.publish()

    assert UnknownReason.SERVER_ERROR is raised.value.reason


def test_a_silent_server_does_not_hold_a_call(make_desk):
    """
    The SDK waits for ever; a call ends with the read timeout, unknown because the request arrived.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk = make_desk(f"http://127.0.0.1:{server.getsockname()[1]}", read_timeout=timedelta(seconds=0.2))
        with pytest.raises(OutcomeUnknown) as raised:
            desk.publish()

    assert UnknownReason.TIMEOUT is raised.value.reason


def test_nothing_listening_means_nothing_sent(make_desk):
    """
    A refused connection, which the SDK lets out as an error of requests, is `Unavailable`.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    desk = make_desk(f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable):
        desk.publish()


def test_a_redirect_is_not_followed(desk, reply):
    """
    A redirect is neither followed, which would carry the token away, nor repeated as GET; it proves nothing.
    """
    location = (("Location", "http://127.0.0.1:9/elsewhere"), ("Content-Type", "application/json"))
    desk.say(reply(302, b"{}", location))
    with pytest.raises(OutcomeUnknown):
        desk.publish()

    assert 1 == len(desk.seen)


def test_a_netrc_does_not_take_the_token_s_place(desk, reply, tmp_path, monkeypatch):
    """
    A netrc entry for the host, which requests prefers to a header, is left alone.
    """
    netrc = tmp_path / "netrc"
    netrc.write_text("machine graph.facebook.com login somebody password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    desk.say(reply.json(MADE))
    desk.publish()

    assert f"Bearer {TOKEN}" == desk.last.headers["authorization"]


def test_the_environment_s_proxy_is_used_and_its_exceptions_hold(monkeypatch):
    """
    A town hall behind a proxy reaches Meta through it; what NO_PROXY names is reached directly.
    """
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/city.pem")
    ways = []
    for exceptions in ("", "graph.facebook.com"):
        monkeypatch.setenv("NO_PROXY", exceptions)
        with GraphSession(origin=GRAPH, base_url=GRAPH, connect=1, read=1, alias=GRAPH, app_secret=Secret("x")) as one:
            ways.append((one.proxies.get("https"), one.verify, one.trust_env))

    assert [("http://proxy.example:3128", "/etc/city.pem", False), (None, "/etc/city.pem", False)] == ways


def test_a_list_ends_where_next_is_absent(desk, reply):
    """
    Paging follows `cursors.after` for as long as there is a `next`, past an empty page, with no token in `next`.
    """
    pages = [
        {"data": [{"id": "1"}], "paging": {"cursors": {"after": "A"}, "next": "https://graph.facebook.com/x?after=A"}},
        {"data": [], "paging": {"cursors": {"after": "B"}, "next": "https://graph.facebook.com/x?after=B"}},
        {"data": [{"id": "2"}], "paging": {"cursors": {"after": "C"}}},
    ]
    desk.say(*(reply.json(page) for page in pages))
    found = [item["id"] for item in desk.adapter._wire.list("100/published_posts", desk.token)]

    assert ["1", "2"] == found
    assert [None, "A", "B"] == [seen.query.get("after") for seen in desk.seen]
    assert {"100"} == {seen.query["limit"] for seen in desk.seen}


def test_a_list_whose_cursor_stands_still_ends(desk, reply):
    """
    A network that names the same next page for ever does not hold the reader.
    """
    page = {"data": [{"id": "1"}], "paging": {"cursors": {"after": "A"}, "next": "https://graph.facebook.com/x"}}
    desk.say(reply.json(page))
    found = list(desk.adapter._wire.list("100/published_posts", desk.token))

    assert 2 == len(found)


def test_a_connection_is_used_again(desk, reply):
    """
    Calls of one thread share a connection; another thread has one of its own.
    """
    desk.say(reply.json(MADE))
    for _ in range(3):
        desk.publish()
    alone = len(desk.recorder.connections)
    other = threading.Thread(target=desk.publish)
    other.start()
    other.join()

    assert (1, 2) == (alone, len(desk.recorder.connections))


def test_a_write_reads_nothing(desk, reply):
    """
    One request makes the post, and asks for no field: a reading part that is refused would look like a refusal of
    a post that was made. The address follows from the id.
    """
    desk.say(reply.json({"id": "100_1"}))
    receipt = desk.publish()

    assert ["/v26.0/100/feed"] == [seen.path for seen in desk.seen]
    assert "fields" not in desk.last.form
    assert "https://www.facebook.com/100_1" == receipt.url


def test_the_address_built_into_the_sdk_is_ours():
    """
    The SDK builds its addresses from the constant that the session rewrites.
    """
    assert f"{GRAPH}/" == facebook.FACEBOOK_GRAPH_URL


def test_a_gateway_of_the_city_s_own_is_called_instead():
    """
    With another https address in the settings, no call goes to Meta's.
    """
    session = GraphSession(
        origin="https://gateway.example.lg.jp",
        base_url="https://gateway.example.lg.jp",
        connect=1,
        read=1,
        alias=GRAPH,
        app_secret=Secret("x"),
    )
    with session, pytest.raises(Exception, match=r"gateway\.example\.lg\.jp"):
        session.request("GET", f"{GRAPH}/v26.0/me", params={"access_token": "t"})


@pytest.mark.parametrize("module", ["civicsns", "civicsns.adapters.facebook"])
def test_importing_does_not_load_the_sdk(module):
    """
    The SDK loads with the first call, not with an import.
    """
    script = f"import sys, {module}; print('facebook' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert "False" == out.stdout.strip()


def test_the_sdk_compiles_where_warnings_are_errors(tmp_path):
    """
    Under `-W error` and with nothing compiled beforehand, the SDK's invalid escape stops nothing.
    """
    script = "import civicsns.adapters.facebook.client as c; print(c.facebook.__version__)"
    out = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)},
    )

    assert ("3.1.0", "") == (out.stdout.strip(), out.stderr)


def test_the_filter_hides_no_other_module_s_warning(tmp_path):
    """
    An invalid escape in a module of the city's own is still reported.
    """
    (tmp_path / "own.py").write_text('PATTERN = "\\d"\n')
    script = "import civicsns.adapters.facebook.client, own"
    out = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPYCACHEPREFIX": str(tmp_path / "cache"),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        },
    )

    assert "invalid escape sequence" in out.stderr


def test_a_child_process_opens_its_own_connection(desk, monkeypatch):
    """
    After a fork the parent's sockets are left alone.
    """
    wire = desk.adapter._wire
    before = wire._session()
    kept = wire._session() is before
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert kept
    assert wire._session() is not before
