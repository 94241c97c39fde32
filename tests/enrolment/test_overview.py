"""Who has come how far, who is reminded, and what is handed out on paper."""

from __future__ import annotations

import csv
import io
import json
import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import attrs
import pytest
from enrolling import service, token_of

from civicsns.accounts import register
from civicsns.accounts.enrolment import Stage
from civicsns.accounts.refusals import LinkError, WrongAccount
from civicsns.enrolment import sheets
from civicsns.errors import BadInput, ConfigurationError
from civicsns.model import Account, Fact, Person, Secret

DAY = timedelta(days=1)


def stages(city):
    return {one.account.id: one.stage for one in city.enrolments.status()}


def add(city, *things):
    for one in things:
        person = isinstance(one, Person)
        kind, key = (register.PERSON, one.number) if person else (register.ACCOUNT, one.id)
        value = register.person_value(one) if person else register.account_value(one)
        city.store.put(None, Fact(kind=kind, key=key, value=value))


def test_status_tells_every_stage(town, hanako, other):
    """
    From not invited to connected, for every account that is connected by signing in.
    """
    shown = [stages(town)]
    token = token_of(town.enrolments.invite("x:hanako", by="1"))
    for call in (
        lambda: None,
        lambda: town.enrolments.opened(token),
        lambda: town.enrolments.confirm(token, "1001", session="hanako's browser"),
        lambda: town.enrolments.agreed(token, "rules-1", session="hanako's browser"),
        lambda: town.back_from_x(token, hanako),
    ):
        call()
        shown.append(stages(town))
    with pytest.raises(WrongAccount):
        town.connect(token, other)
    shown.append(stages(town))
    town.connect(token, hanako)
    shown.append(stages(town))

    assert ["uninvited", "issued", "opened", "opened", "agreed", "signing_in", "failed", "connected"] == [
        one["x:hanako"].value for one in shown
    ]
    assert {"uninvited"} == {one["x:taro"].value for one in shown}


def test_only_what_is_connected_by_signing_in_is_shown(town):
    """
    Not a person's profile on Facebook, a closed account, or one of a network without sign-in.
    """
    add(
        town,
        Account(id="facebook:hanako", platform="facebook", steward="1001", personal=True),
        Account(id="board:a", platform="board", steward="1001"),
        Account(id="x:old", platform="x", steward="1001", closed=town.clock.now().date()),
    )

    assert {"x:hanako", "x:taro", "facebook:kanko"} == set(stages(town))
    assert ["x:hanako"] == [one.account.id for one in town.enrolments.status(section="観光課")][1:]
    for account_id in ("facebook:hanako", "board:a", "x:old"):
        with pytest.raises((BadInput, ConfigurationError)):
            town.enrolments.invite(account_id, by="1")


def test_all_that_wait_are_invited_once(town):
    """
    Who has a link that opens keeps it; who has none gets one.
    """
    first = town.enrolments.invite_all(by="1", section="農林課")
    second = town.enrolments.invite_all(by="1")
    third = town.enrolments.invite_all(by="1")
    town.clock.advance(15 * DAY)

    assert [["x:taro"], ["facebook:kanko", "x:hanako"], []] == [
        [link.invitation.account for link in links] for links in (first, second, third)
    ]
    assert 3 == len(town.enrolments.invite_all(by="1"))


def test_links_say_nothing_of_whom_they_are_for(town):
    """
    An address holds 32 random bytes and no more, shows itself nowhere, and is kept nowhere.
    """
    link = town.enrolments.invite("x:hanako", by="1")
    token = token_of(link)
    kept = [town.store.facts(kind) for kind in ("invitation", "invitation.link")]

    assert f"https://sns.city.example/enrol/link/{token}" == link.url.reveal()
    assert 43 == len(token)
    assert token not in repr(link) + str(kept) + str([dict(one.value) for facts in kept for one in facts])


def test_nobody_invites_without_an_address(town):
    """
    Where the settings do not say where the pages are.
    """
    settings = attrs.evolve(town.enrolments.desk.settings, base_url=None)
    with pytest.raises(ConfigurationError) as caught:
        service(town, town.program.sealer, settings=settings).invite("x:hanako", by="1")

    assert "enrolment.base_url" == caught.value.place


def test_an_account_in_a_file_is_not_enrolled(town):
    """
    What is connected is noted in the register; an account that is in a file alone has none.
    """
    was = town.store.fact(register.ACCOUNT, "x:hanako")
    people = dict(town.program.roster.people)
    accounts = dict(town.program.roster.accounts)
    town.store.put(was, None)
    town.program.roster = attrs.evolve(town.program.roster, people=people, accounts=accounts)
    with pytest.raises(ConfigurationError) as caught:
        town.enrolments.invite("x:hanako", by="1")

    assert "civicsns accounts import" in caught.value.mend.en


# --- reminders ---------------------------------------------------------------------------------------------------


def test_who_has_stopped_is_reminded_once_in_a_while(town, hanako):
    """
    One text for all accounts of a person, in both languages, without a link; again only after as long once more.
    """
    town.enrolments.invite_all(by="1")
    token = town.invited()
    town.clock.advance(3 * DAY - timedelta(seconds=1))
    early = town.enrolments.reminders()
    town.clock.advance(timedelta(seconds=1))
    due = town.enrolments.reminders()

    assert [] == list(early)
    assert [("1001", ("facebook:kanko", "x:hanako")), ("1002", ("x:taro",))] == [
        (one.person, one.accounts) for one in due
    ]
    assert "佐賀 花子 様" in due[0].text.ja
    assert "X @saga_hanako (rules read)" in due[0].text.en
    assert "2026-04-15" in due[0].text.ja
    assert token not in repr(due)
    for one in due:
        town.enrolments.reminded(one, by="1")
    town.clock.advance(2 * DAY)
    assert [] == list(town.enrolments.reminders())
    town.clock.advance(DAY)
    assert 2 == len(town.enrolments.reminders())
    town.connect(token, hanako)
    assert [("facebook:kanko",), ("x:taro",)] == [one.accounts for one in town.enrolments.reminders()]


def test_a_dead_link_is_nobody_s_reminder(town):
    """
    Whose link has expired or was shut cannot go on by being reminded.
    """
    town.enrolments.invite("x:hanako", by="1")
    token = token_of(town.enrolments.invite("x:taro", by="1", valid=30 * DAY))
    for _ in range(5):
        with pytest.raises(Exception, match="number"):
            town.enrolments.confirm(token, "x", session="s")
    town.clock.advance(15 * DAY)

    assert [] == list(town.enrolments.reminders())
    assert {Stage.EXPIRED, Stage.FAILED, Stage.UNINVITED} == set(stages(town).values())
    with pytest.raises(LinkError):
        town.enrolments.look(token)


class Inbox:
    """A service that Apprise posts to, on a real socket."""

    def __init__(self, status):
        self.got: list[tuple[str, dict[str, str]]] = []
        self.status = status
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.got.append((self.path, json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(params=[200, 500])
def inbox(request):
    opened = Inbox(request.param)
    yield opened
    opened.close()


# Apprise reads all its services, one of which looks for a module that Python is about to drop.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_reminders_go_through_apprise(town, inbox, caplog):
    """
    To the person's own address; what was not taken is due still; the service's password is in no log.
    """
    caplog.set_level(logging.DEBUG)
    address = Secret(f"json://city:planted-password@127.0.0.1:{inbox.server.server_port}/staff/{{number}}")
    settings = attrs.evolve(town.enrolments.desk.settings, notify=address)
    town.enrolments.invite("x:hanako", by="1")
    town.clock.advance(3 * DAY)
    (due,) = town.enrolments.reminders()
    sent = service(town, town.program.sealer, settings=settings).remind(due, by="1")
    path, body = inbox.got[0]

    assert (inbox.status == 200) is sent
    assert "/staff/1001" == path.rstrip("/")
    assert due.text.ja.strip() in body["message"]
    assert (0 if sent else 1) == len(town.enrolments.reminders())
    assert ("invitation.reminded" in town.events("x:hanako")) is sent
    wrong = attrs.evolve(settings, notify=Secret("planted-password://nowhere"))
    with pytest.raises(ConfigurationError, match="no address that Apprise knows") as caught:
        service(town, town.program.sealer, settings=wrong).remind(due, by="1")
    assert "planted-password" not in caplog.text + repr(caught.value)


# --- sheets ------------------------------------------------------------------------------------------------------


def test_a_sheet_for_each_link(town):
    """
    By section and number, the name escaped, the link as text and as a code, and not the personnel number.
    """
    add(
        town,
        Person(number="20777", name="<script>alert(1)</script>", section="=HYPERLINK(1)"),
        Account(id="x:evil", platform="x", handle="evil", section="農林課", steward="20777", personal=True),
    )
    links = town.enrolments.invite_all(by="1")
    page = sheets.html(links, town.program.roster, city="武雄市 & 仲間")

    assert 4 == page.count("<article") == page.count("<svg")
    assert all(link.url.reveal() in page for link in links)
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "20777" not in page
    assert "武雄市 &amp; 仲間" in page
    assert "src=" not in page
    assert "href=" not in page


@pytest.mark.parametrize("with_links", [True, False])
def test_a_table_for_mail_merge(town, with_links):
    """
    No cell is a formula, and there are no links unless somebody asks.
    """
    add(
        town,
        Person(number="20777", name="@SUM(1)", section="=HYPERLINK(1)"),
        Account(id="x:evil", platform="x", handle="evil", section="農林課", steward="20777", personal=True),
    )
    links = town.enrolments.invite_all(by="1")
    rows = list(csv.reader(io.StringIO(sheets.table(links, town.program.roster, with_links=with_links))))

    assert ["'=HYPERLINK(1)", "20777", "'@SUM(1)"] == rows[1][:3]
    assert (6 if with_links else 5) == len(rows[0])
    assert ({link.url.reveal() for link in links} <= {cell for row in rows for cell in row}) is with_links
