"""The pages on which a person signs in."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

CALLBACK = "https://localhost/callback"


class Form(HTMLParser):
    """Collects the fields and the words of a page."""

    def __init__(self, html):
        super().__init__()
        self.fields = {}
        self.people = []
        self.tags = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if values.get("name") == "user_id":
            self.people.append(values["value"])
        elif values.get("type") == "hidden":
            self.fields[values["name"]] = values["value"]

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def address(network):
    query = {
        "response_type": "code",
        "client_id": network.app.client_id,
        "redirect_uri": CALLBACK,
        "scope": "tweet.read tweet.write users.read like.read",
        "state": "the state",
        "code_challenge": "v" * 43,
        "code_challenge_method": "plain",
    }
    return f"{network.url}/i/oauth2/authorize?{urlencode(query)}"


@pytest.fixture
def browser():
    with requests.Session() as session:
        yield session


def choose(browser, address, page, **choice):
    return browser.post(address, data=page.fields | choice, allow_redirects=False, timeout=10)


def test_a_person_signs_in_by_hand(user, citizen, browser, address):
    """
    The page lists everyone, and whoever is chosen is sent back with a code and the state.
    """
    page = Form(browser.get(address, timeout=10).text)

    answer = choose(browser, address, page, user_id=citizen.id, decision="approve")

    assert [user.id, citizen.id] == page.people
    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    assert {"state", "code"} == set(parse_qs(urlsplit(answer.headers["Location"]).query))


def test_the_page_is_marked_as_practice_in_both_languages(network, user, browser, address):
    """
    Nobody can take the page for the real one, in Japanese or English, and it names what the app may do.
    """
    answer = browser.get(address, timeout=10)

    words = Form(answer.text).words
    for each in ("練習用", "Practice", "投稿を読む", "Read posts", "like.read", "@saga_hanako", network.app.name):
        assert each in words
    assert "no-store" == answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_names_cannot_become_markup(network, browser, address):
    """
    Names of people are shown as they are, and never run.
    """
    network.add_user(handle="evil", name='<script>alert(1)</script>"><img src=x>')

    page = Form(browser.get(address, timeout=10).text)

    assert not {"script", "img"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.words


def test_an_app_name_cannot_become_markup(network, user, browser, address):
    """
    The name of an app is shown as it is.
    """
    network.register_app(name="<b>x</b>", callback_uris=(CALLBACK,))
    app = network._state.apps[-1]

    page = Form(browser.get(address.replace(network.app.client_id, app.client_id), timeout=10).text)

    assert "b" not in page.tags
    assert "<b>x</b>" in page.words


def test_a_choice_counts_once(user, browser, address):
    """
    The form of a page can be sent once.
    """
    page = Form(browser.get(address, timeout=10).text)

    answers = [choose(browser, address, page, user_id=user.id, decision="approve") for _ in range(2)]

    assert [302, 403] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "change",
    [{"authenticity_token": "x"}, {"authenticity_token": ""}, {"user_id": "1"}, {"decision": "maybe"}],
)
def test_a_choice_that_did_not_come_from_the_page(user, browser, address, change):
    """
    Without the secret of the form, a person who exists and a clear word, nothing is let in.
    """
    page = Form(browser.get(address, timeout=10).text)
    choice = {"user_id": user.id, "decision": "approve"} | change

    assert 403 == choose(browser, address, page, **choice).status_code


def test_a_wrong_request_is_explained_in_both_languages(user, browser, address):
    """
    The page says which part of the app's request is wrong, and sends nobody anywhere.
    """
    answer = browser.get(address.replace("response_type=code", "response_type=token"), timeout=10)

    assert 400 == answer.status_code
    words = Form(answer.text).words
    for each in ("response_type", "やり直してください", "start again"):
        assert each in words


def test_a_network_without_people_says_so(browser, address):
    """
    Where there is no account yet there is nothing to choose.
    """
    page = Form(browser.get(address, timeout=10).text)

    assert "form" not in page.tags
    assert "no accounts yet" in page.words


def test_a_callback_may_have_a_query_of_its_own(network, user, browser):
    """
    The answer is joined to a registered callback that has a query already.
    """
    callback = f"{CALLBACK}?city=saga"
    app = network.register_app(name="x", callback_uris=(callback,))
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": callback,
        "scope": "users.read",
        "state": "s",
        "code_challenge": "v" * 43,
        "code_challenge_method": "plain",
    }

    back = network.sign_in(f"https://x.com/i/oauth2/authorize?{urlencode(query)}", user)

    assert {"city", "state", "code"} == set(parse_qs(urlsplit(back).query))
