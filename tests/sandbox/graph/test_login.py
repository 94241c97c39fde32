from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

CALLBACK = "http://localhost/callback"


def ask(city, **changes):
    asked = {
        "client_id": city.graph.app.id,
        "redirect_uri": CALLBACK,
        "state": "st&te=1",
        "scope": "pages_show_list,pages_manage_posts,pages_read_engagement",
        "response_type": "code",
    }
    return {name: value for name, value in (asked | changes).items() if value is not None}


def choose(city, *, choice="approve", person=None, pages=None, **changes):
    chosen = {
        "choice": choice,
        "person": person or city.person.id,
        "page": [city.page.id] if pages is None else pages,
    }
    return city.call("POST", "/dialog/oauth", token="", params=ask(city, **changes), data=chosen)


def back(answer):
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(city, code, /, **changes):
    app = city.graph.app
    given = {"client_id": app.id, "client_secret": app.secret, "redirect_uri": CALLBACK, "code": code} | changes
    return city.get("/oauth/access_token", token="", **{name: one for name, one in given.items() if one is not None})


def test_the_way_from_the_dialog_to_a_page_token_that_does_not_end(city):
    """Dialog, code, short token, long token, /me/accounts, Page token, post."""
    code = back(choose(city))["code"]
    short = exchange(city, code).json()
    app = city.graph.app
    long = city.get(
        "/oauth/access_token",
        token="",
        grant_type="fb_exchange_token",
        client_id=app.id,
        client_secret=app.secret,
        fb_exchange_token=short["access_token"],
    ).json()
    (account,) = city.get("/me/accounts", token=long["access_token"]).json()["data"]
    posted = city.post("/me/feed", token=account["access_token"], message="a")
    told = city.get("/debug_token", token=city.graph.app_token, input_token=account["access_token"]).json()["data"]

    assert (5400, 5_184_000) == (short["expires_in"], long["expires_in"])
    assert (city.page.id, list(city.page.tasks[city.person.id])) == (account["id"], account["tasks"])
    assert 200 == posted.status_code
    assert ("PAGE", 0, True, city.page.id) == (
        told["type"],
        told["expires_at"],
        told["is_valid"],
        told["profile_id"],
    )


def test_the_dialog_is_a_form_for_people(city):
    """It names the app, the persons, their Pages and the permissions, in both languages, and says that it is practice."""
    answer = city.call("GET", "/dialog/oauth", token="", params=ask(city))

    for words in (
        "Practice app",
        "佐賀花子",
        "佐賀市",
        "pages_manage_posts",
        "練習用",
        "Practice",
        "許可する",
        "Approve",
    ):
        assert words in answer.text
    assert "form-action" not in answer.headers["Content-Security-Policy"]


def test_names_cannot_break_the_dialog(city):
    """Markup in a name is shown, not obeyed."""
    city.graph.add_page("<script>alert(1)</script>", tasks={city.person: ("MANAGE",)})
    text = city.call("GET", "/dialog/oauth", token="", params=ask(city)).text

    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_state_comes_back_unchanged_on_yes_and_on_no(city):
    """On no there is an error instead of a code."""
    yes, no = back(choose(city)), back(choose(city, choice="deny"))

    assert ("st&te=1", "st&te=1") == (yes["state"], no["state"])
    assert ("access_denied", "user_denied", False) == (no["error"], no["error_reason"], "code" in no)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "1"},
        {"redirect_uri": "http://localhost/callback/"},
        {"redirect_uri": "https://evil.example/"},
        {"state": ""},
        {"state": None},
        {"scope": "publish_pages"},
        {"response_type": "token"},
        {"nope": "1"},
    ],
)
def test_a_wrong_dialog_sends_nobody_anywhere(city, wrong):
    """A page says what is wrong; there is no redirect, neither on showing nor on answering."""
    shown = city.call("GET", "/dialog/oauth", token="", params=ask(city, **wrong))
    answered = choose(city, **wrong)

    assert (400, 400) == (shown.status_code, answered.status_code)
    assert not {"Location"} & {*shown.headers, *answered.headers}


def test_a_person_cannot_give_a_page_on_which_he_has_no_task(city):
    """The form is checked, not trusted; nor is a person who is not there."""
    other = city.graph.add_page("他の市")

    assert 400 == choose(city, pages=[other.id]).status_code
    assert 400 == choose(city, person="1").status_code


def test_only_the_chosen_pages_are_listed(city):
    """/me/accounts shows what the person let the app see, and nothing without pages_show_list."""
    city.graph.add_page("二つ目", tasks={city.person: ("CREATE_CONTENT",)})
    some = exchange(city, back(choose(city))["code"]).json()["access_token"]
    none = exchange(city, back(choose(city, scope="email"))["code"]).json()["access_token"]

    assert [city.page.id] == [one["id"] for one in city.get("/me/accounts", token=some).json()["data"]]
    assert {"data": []} == city.get("/me/accounts", token=none).json()


def test_a_code_works_once_for_a_short_while_and_for_one_address(city, practice_clock, refusal):
    """Each failure has a subcode of its own, and a wrong try does not spend the code."""
    code = back(choose(city))["code"]
    elsewhere = refusal(exchange(city, code, redirect_uri="http://localhost/"))
    first = exchange(city, code).status_code
    late = back(choose(city))["code"]
    practice_clock.advance(city.graph.limits.code_lifetime + timedelta(seconds=1))

    assert ((400, 100, 36008), 200) == (elsewhere, first)
    assert (400, 100, 36009) == refusal(exchange(city, code))
    assert (400, 100, 36007) == refusal(exchange(city, late))
    assert (400, 100, 0) == refusal(exchange(city, "nonsense"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client_secret": "x"}, 1),
        ({"client_id": "1"}, 101),
        ({"client_secret": None}, 101),
        ({"redirect_uri": None}, 101),
        ({"code": None}, 100),
        ({"grant_type": "password"}, 100),
        ({"nope": "1"}, 100),
    ],
)
def test_an_exchange_is_checked(city, wrong, code):
    """Secret, app, missing and unknown parameters."""
    answer = exchange(city, back(choose(city))["code"], **wrong)

    assert (400, code) == (answer.status_code, answer.json()["error"]["code"])


def test_only_a_living_token_of_the_same_app_and_of_a_person_becomes_longer(city, refusal):
    """Not a Page's, not another app's, not a dead one; a long one stays what it is."""
    app, other = city.graph.app, city.graph.register_app(name="Other")

    def longer(token):
        sent = {"grant_type": "fb_exchange_token", "client_id": app.id, "client_secret": app.secret}
        return city.get("/oauth/access_token", token="", fb_exchange_token=token, **sent)

    dead = city.graph.user_token(city.person)
    city.graph.expire(dead, 460)
    long = city.graph.user_token(city.person, long_lived=True)

    assert (400, 100, 0) == refusal(longer(city.token))
    assert (400, 100, 0) == refusal(longer(city.graph.user_token(city.person, app=other)))
    assert (401, 190, 460) == refusal(longer(dead))
    assert (400, 190, 0) == refusal(longer("nonsense"))
    assert long == longer(long).json()["access_token"]


def test_the_app_gets_its_own_token(city):
    """client_credentials gives id|secret."""
    app = city.graph.app
    sent = {"grant_type": "client_credentials", "client_id": app.id, "client_secret": app.secret}

    assert city.graph.app_token == city.get("/oauth/access_token", token="", **sent).json()["access_token"]


def test_debug_token_takes_an_app_token(city, refusal):
    """Not a Page's, and not another app's."""
    other = city.graph.register_app(name="Other")

    assert (400, 100, 0) == refusal(city.get("/debug_token", input_token=city.token))
    assert (400, 100, 0) == refusal(
        city.get("/debug_token", token=f"{other.id}|{other.secret}", input_token=city.token)
    )
    assert (400, 190, 0) == refusal(city.get("/debug_token", token=f"{other.id}|x", input_token=city.token))
    assert (400, 100, 0) == refusal(city.get("/debug_token", token=city.graph.app_token))


def test_debug_token_tells_of_dead_tokens(city):
    """is_valid false, and why; what cannot be read is not valid either."""
    city.graph.expire(city.token, 460)
    dead, unread = (
        city.get("/debug_token", token=city.graph.app_token, input_token=one).json()["data"]
        for one in (city.token, "nonsense")
    )

    assert (False, 460) == (dead["is_valid"], dead["error"]["subcode"])
    assert (False, 190) == (unread["is_valid"], unread["error"]["code"])


def test_permissions_can_be_taken_back_one_by_one_or_all(city, refusal):
    """One: the tokens lose it. All: the tokens die with 458, the Page's too."""
    user = city.graph.user_token(city.person)
    one = city.delete("/me/permissions/pages_manage_posts", token=user).json()
    left = {each["permission"] for each in city.get("/me/permissions", token=user).json()["data"]}
    lost = refusal(city.post("/me/feed", message="a"))
    everything = city.delete("/me/permissions", token=user).json()

    assert ({"success": True}, False, (403, 200, 0)) == (one, "pages_manage_posts" in left, lost)
    assert ({"success": True}, (401, 190, 458)) == (everything, refusal(city.get("/me")))


def test_a_page_has_no_accounts_and_no_permissions(city, refusal):
    """Those belong to the person; another person's are not there."""
    stranger = city.graph.add_person("他人")

    assert (400, 100, 0) == refusal(city.get("/me/accounts"))
    assert (400, 100, 0) == refusal(city.delete("/me/permissions"))
    assert (400, 100, 33) == refusal(city.get(f"/{stranger.id}/accounts", token=city.graph.user_token(city.person)))


def test_a_system_user_s_token_does_not_end(city, practice_clock):
    """Nor do the Page tokens that come from it."""
    system = city.graph.add_person("連携システム")
    page = city.graph.set_tasks(city.page, system, ("CREATE_CONTENT",))
    token = city.graph.system_user_token(system)
    (account,) = city.get("/me/accounts", token=token).json()["data"]
    practice_clock.advance(timedelta(days=400))
    told = city.get("/debug_token", token=city.graph.app_token, input_token=token).json()["data"]

    assert ("SYSTEM_USER", 0, True) == (told["type"], told["expires_at"], told["is_valid"])
    assert 200 == city.post(f"/{page.id}/feed", token=account["access_token"], message="a").status_code


def test_nothing_of_the_login_is_kept_by_a_browser(city):
    """Codes and states stand in addresses: no referrer, no cache, nothing from elsewhere."""
    answer = city.call("GET", "/dialog/oauth", token="", params=ask(city))

    assert ("no-referrer", "no-store") == (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"])
    assert [] == re.findall(r'(?:src|href)="', answer.text)
