"""The overview where no host application knows officials: overseers come by a pass."""

from __future__ import annotations

import re
from datetime import date, timedelta
from queue import Queue

import attrs
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from civicsns import web
from civicsns.accounts import register
from civicsns.enrolment.settling import Settling
from civicsns.errors import BadInput, NotPermitted
from civicsns.model import Person
from civicsns.web.finishing import Finishing
from civicsns.web.passes import Passes


@pytest.fixture
def overseer(town, browser):
    """The browser of somebody who has taken a pass."""
    browser.open(town.pass_())
    browser.send("/overview")
    return browser


def events(town):
    return [(one.event, one.by) for one in town.program.store.records("person:1")]


def test_an_overseer_comes_by_a_pass(town, browser):
    """
    A look at it changes nothing; the button shows the overview, with filters, and all of it is on record.
    """
    town.invite("x:taro")
    address = town.pass_()
    ask = browser.open(address)
    before = events(town)
    page = browser.send("/overview")
    issued = browser.open("/overview?stage=issued")

    assert (200, f"{town.base}/overview") == (ask.status_code, ask.url)
    assert "花子" not in ask.text
    assert [("overview.pass_issued", "1")] == before
    assert "佐賀 花子" in page.text
    assert ["未着手 <strong>1", "<bdi>x:taro"] == [
        one for one in ("未着手 <strong>1", "<bdi>x:taro", "<bdi>x:hanako") if one in issued.text
    ]
    assert [*before, ("overview.opened", "1")] == events(town)


def test_nobody_else_sees_the_overview(town, browse):
    """
    Default deny: neither without a pass, nor with one that was made up, nor with a person's link and number.
    """
    stranger, person = browse(), browse()
    person.prepared(town.invite())
    answers = [stranger.open("/overview"), stranger.open("/link/overview/made-up"), person.open("/overview")]
    sent = person.send("/overview", form="made-up")

    assert [403, 404, 403, 403] == [one.status_code for one in (*answers, sent)]
    assert not any("佐賀" in one.text for one in (*answers, sent))
    assert "civicsns enrol overview" in answers[0].text


def test_a_pass_is_taken_once(town, browse):
    """
    By the browser that presses the button first; the other one has looked at it in vain, and so has who finds it later.
    """
    address = town.pass_()
    first, second = browse(), browse()
    first.open(address)
    second.open(address)
    taken, late, found = first.send("/overview"), second.send("/overview"), browse().open(address)

    assert [200, 403, 404] == [one.status_code for one in (taken, late, found)]
    assert "使用済み" in late.text
    assert 1 == events(town).count(("overview.opened", "1"))


def test_a_pass_ends(town, browse):
    """
    After ten minutes, or with the next one of the same person; an old one is not kept either.
    """
    early, replaced = browse(), town.pass_()
    address = town.pass_()
    early.open(address)
    refused = browse().open(replaced).status_code
    town.clock.advance(timedelta(minutes=10))
    answers = [early.send("/overview").status_code, browse().open(address).status_code]
    town.pass_()

    assert [404, 403, 404] == [refused, *answers]
    assert 1 == len(town.program.store.facts("overview.pass"))


def test_only_overseers_get_a_pass(town):
    """
    Not whoever is not one, is not of the staff, or is out of term.
    """
    passes = Passes.of(town.program)
    with pytest.raises(NotPermitted) as caught:
        passes.issue("1001")
    with pytest.raises(BadInput):
        passes.issue("9")
    leave(town)
    with pytest.raises(NotPermitted):
        passes.issue("1")

    assert "permissions.overseers" == caught.value.place
    assert [] == events(town)


def test_who_is_no_overseer_any_more_sees_nothing(town, overseer):
    """
    It is asked at every page, whatever the browser keeps.
    """
    before = overseer.open("/overview").status_code
    leave(town)

    assert [200, 403] == [before, overseer.open("/overview").status_code]


def leave(town):
    """Overseer 1's term ended yesterday."""
    stored = town.program.store.fact(register.PERSON, "1")
    person = attrs.evolve(register.person(stored), until=date(2026, 3, 31))
    town.program.store.put(stored, stored.becomes(**register.person_value(person)))

    assert isinstance(person, Person)


def test_the_session_of_an_overseer_is_of_the_overview_alone(town, overseer, browse):
    """
    Put into the place of a person's session it is none, and the other way round; it ends after a working day.
    """
    cookies = {one.name: one.value for one in overseer.session.cookies}
    person = browse()
    person.prepared(town.invite())
    theirs = {one.name: one.value for one in person.session.cookies}
    swapped = [
        browse().ask("GET", path, headers={"Cookie": f"{name}={value}"}).status_code
        for path, name, value in (
            ("/connect", "civicsns", cookies["civicsns-overview"]),
            ("/overview", "civicsns-overview", theirs["civicsns"]),
        )
    ]
    town.clock.advance(timedelta(hours=9))

    assert [403, 403] == swapped
    assert 403 == overseer.open("/overview").status_code


def test_an_overseer_leaves_a_shared_device(town, overseer):
    """
    Nothing is left of the session there, nor of the way of the person whose browser it is.
    """
    overseer.open("/overview")
    left = overseer.send("/overview/leave")

    assert f"{town.base}/overview/left" == left.url
    assert "civicsns-overview" not in overseer.session.cookies
    assert 403 == overseer.open("/overview").status_code


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/overview", "/overview/leave"])
def test_forms_of_others(town, browser, path, headers):
    """
    Another site takes no pass, and ends no session.
    """
    browser.open(town.pass_())
    answer = browser.send(path, headers=headers)
    forged = browser.send(path, form="forged")

    assert [403, 403] == [answer.status_code, forged.status_code]
    assert [("overview.pass_issued", "1")] == events(town)


def test_where_the_host_knows_officials_there_are_no_passes(watched, visitor):
    """
    It alone says who may look; a pass opens nothing.
    """
    browser = visitor(watched)

    assert 404 == browser.open(watched.pass_()).status_code
    assert 403 == browser.open("/overview").status_code


def test_sign_ins_that_do_not_end_are_told(town, overseer, browse, hanako, monkeypatch):
    """
    With why and what to do, where the network has granted one and the account is not connected; of a section that is
    looked at.
    """
    person = browse()
    person.prepared(town.invite())
    came = person.back_from_x(hanako)
    monkeypatch.setattr(Settling, "settled", died)
    person.open(came)
    town.clock.advance(timedelta(minutes=20))
    pages = [overseer.open(path).text for path in ("/overview", "/overview?section=観光課", "/overview?section=税務課")]

    assert [True, True, False] == ["終わらない接続" in page for page in pages]
    assert re.search(
        r"<li><bdi>x:hanako</bdi> \(2026-04-01 .*接続がまだ終わっていません。 .*civicsns enrol resume", pages[0]
    )


# --- mounted -----------------------------------------------------------------------------------------------------


@pytest.fixture
def finished(monkeypatch):
    """Wait until what a page has set off is done, and what it took."""
    real, done = Finishing.finish, Queue[None]()

    def noted(self):
        real(self)
        done.put(None)

    monkeypatch.setattr(Finishing, "finish", noted)
    return done


def test_what_a_crash_has_left_is_finished_by_the_next_page(town, server, browse, hanako, monkeypatch, finished):
    """
    Mounted, nobody tells the pages that a server starts: the tokens of a sign-in whose server died wait for no more
    than somebody who asks for any page.
    """
    server.app = Starlette(routes=[Mount("/enrol", web.app(town.program))])
    browser = browse()
    browser.prepared(town.invite())
    finished.get(timeout=20)
    came = browser.back_from_x(hanako)
    with monkeypatch.context() as dying:
        dying.setattr(Settling, "settled", died)
        answer = browser.open(came)
    before = town.connected()
    # It might only have been slow.
    town.clock.advance(timedelta(minutes=2))
    browse().open("/left")
    finished.get(timeout=20)

    assert (500, False) == (answer.status_code, before)
    assert hanako.id == town.account("x:hanako").network_id


def test_pages_set_it_off_once_in_a_minute(town, browser, monkeypatch, finished):
    """
    The first one that anybody asks for, and one in a minute after that; what goes wrong there hurts no page.
    """
    monkeypatch.setattr(type(town.program.enrolments), "resume", died)
    pages = [browser.open("/left") for _ in range(3)]
    finished.get(timeout=20)
    town.clock.advance(timedelta(minutes=1))
    pages += [browser.open("/left") for _ in range(2)]
    finished.get(timeout=20)

    assert [200] * 5 == [one.status_code for one in pages]
    assert finished.empty()


def died(*_):
    """The process ends here."""
    msg = "killed"
    raise RuntimeError(msg)
