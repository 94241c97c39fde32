"""The public register: what citizens are told, and what they are not."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # none are published
from playwright.sync_api import sync_playwright

from civicsns.accounts import public
from civicsns.accounts.roster import Roster
from civicsns.config import PersonalShown, RegisterSettings
from civicsns.errors import ConfigurationError
from civicsns.model import Account, Person

DAY = date(2026, 11, 23)
PLACE = "https://www.city.example/sns/"
HOSTILE = "</script></style><script>document.title='hacked'</script>&\u202e"
ATOM = "{http://www.w3.org/2005/Atom}"
SETTINGS = RegisterSettings(
    url=PLACE,
    site="https://www.city.example/",
    contact="広報課 0954-00-0000",
    english={"武雄市": "Takeo City", "観光課": "Tourism Division", "観光のお知らせ": "News for visitors"},
)
PEOPLE = (
    Person(number="70011", name="佐賀 花子", section="観光課"),
    Person(number="70012", name=HOSTILE, section=HOSTILE),
)


def account(name: str = "kanko", **more) -> Account:
    said: dict[str, Any] = {
        "platform": "x",
        "handle": f"takeo_{name}",
        "network_id": str(1000 + sum(name.encode())),
        "section": "観光課",
        "steward": "70011",
        "posters": ["70012"],
        "purpose": "観光のお知らせ",
        "opened": date(2026, 4, 1),
    }
    return Account(id=f"x:70011-{name}", **said | more)


def listed(*accounts: Account, settings: RegisterSettings = SETTINGS, day: date = DAY, in_files: bool = False):
    roster = Roster(
        people={one.number: one for one in PEOPLE}, accounts={f"{number}": one for number, one in enumerate(accounts)}
    )
    zone = ZoneInfo("Asia/Tokyo")
    return public.listed(roster, settings, city="武雄市", day=day, zone=zone, in_files=in_files)


def made(*accounts: Account, settings: RegisterSettings = SETTINGS) -> dict[str, str]:
    return {name: content.decode() for name, content in public.documents(listed(*accounts, settings=settings)).items()}


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def handles(register: public.PublicRegister) -> tuple[list[str], list[str]]:
    return [one.handle for one in register.open], [one.handle for one in register.closed]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "open"),
        ({"opened": DAY}, "open"),
        ({"opened": None}, "open"),
        ({"opened": date(2026, 11, 24)}, "absent"),
        # Nobody has connected it: the name may be anybody's.
        ({"network_id": ""}, "absent"),
        # Nobody knows where it is seen.
        ({"platform": "mastodon"}, "absent"),
        ({"closed": date(2026, 11, 24)}, "open"),
        ({"closed": DAY}, "closed"),
        ({"closed": date(2023, 11, 24)}, "closed"),
        ({"closed": date(2023, 11, 23)}, "absent"),
    ],
)
def test_which_accounts_are_listed(change, expected):
    """
    Connected ones between their first and last day are open; closed ones stay for three years, unless set otherwise.
    """
    found = handles(listed(account(**change)))

    assert {"open": (["takeo_kanko"], []), "closed": ([], ["takeo_kanko"]), "absent": ([], [])}[expected] == found


def test_a_list_in_a_file_need_not_have_ids():
    """
    Where accounts stand in a file, no id of the network is needed.
    """
    one = account(network_id="")

    assert (["takeo_kanko"], []) == handles(listed(one, in_files=True))
    assert ([], []) == handles(listed(account(network_id="", handle=""), in_files=True))


def test_a_leap_day_is_counted_too():
    """
    What was closed on a 29 February goes on a 1 March, and with 0 years at once.
    """
    one = account(closed=date(2024, 2, 29), opened=None)
    at_once = RegisterSettings(url=PLACE, closed_years=0)

    assert ([], ["takeo_kanko"]) == handles(listed(one, day=date(2027, 2, 28)))
    assert ([], []) == handles(listed(one, day=date(2027, 3, 1)))
    assert ([], []) == handles(listed(one, day=date(2024, 2, 29), settings=at_once))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "https://x.com/takeo_kanko"),
        ({"platform": "facebook", "handle": "武雄市"}, "https://www.facebook.com/1532"),
        (
            {"platform": "facebook", "handle": "武雄/市", "network_id": ""},
            "https://www.facebook.com/%E6%AD%A6%E9%9B%84%2F%E5%B8%82",
        ),
        ({"platform": "mastodon"}, "https://social.example/@takeo_kanko"),
        ({"handle": 'a/../evil?x="><b>'}, "https://x.com/a%2F..%2Fevil%3Fx%3D%22%3E%3Cb%3E"),
    ],
)
def test_where_an_account_is_seen(change, expected):
    """
    By the id where the network has addresses by id, which stay; whatever a handle holds stays within its part.
    """
    settings = RegisterSettings(url=PLACE, profiles={"mastodon": "https://social.example/@{handle}"})
    (one,) = listed(account(**change), settings=settings, in_files=True).open

    assert expected == one.url


def test_what_is_used_again_is_not_closed():
    """
    An account of the network that was closed in one section and opened in another is listed once, as open.
    """
    before = account(closed=date(2026, 6, 1), section="農林課")
    register = listed(before, account(opened=date(2026, 6, 1)))

    assert (["takeo_kanko"], []) == handles(register)
    assert "観光課" == register.open[0].section


@pytest.mark.parametrize(
    ("shown", "count", "name"),
    [(PersonalShown.NONE, 0, False), (PersonalShown.SECTION, 1, False), (PersonalShown.NAME, 1, True)],
)
def test_personal_accounts_are_told_as_far_as_the_settings_allow(shown, count, name):
    """
    Not at all, with the section, or with the name; in no file is more of them.
    """
    settings = RegisterSettings(url=PLACE, personal=shown)
    files = made(account("hanako", personal=True), settings=settings)
    text = "".join(files.values())

    assert count == len(rows(files["accounts.csv"])) - 1
    assert (count > 0) == ("takeo_hanako" in text)
    for file, content in files.items():
        # Notices name nobody.
        assert (name and "notices" not in file) == ("佐賀 花子" in content), file


def test_who_has_left_is_not_named():
    """
    A personal account that was closed is told without the name of its person, whatever the settings allow.
    """
    settings = RegisterSettings(url=PLACE, personal=PersonalShown.NAME)
    text = "".join(made(account("hanako", personal=True, closed=DAY), settings=settings).values())

    assert "takeo_hanako" in text
    assert "佐賀" not in text


def test_nothing_of_the_inside_is_told():
    """
    No file has a personnel number, an id of the programme, or who may post.
    """
    settings = RegisterSettings(url=PLACE, personal=PersonalShown.NAME)
    files = made(account(), account("hanako", personal=True), account("old", closed=DAY), settings=settings)

    assert 8 > len(files) > 6
    for name, content in files.items():
        assert "7001" not in content, name


def test_the_order_is_the_same_whatever_came_first():
    """
    The same accounts in another order give the same bytes: by section, network and name, and what closed last first.
    """
    accounts = [
        account("b"),
        account("a"),
        account("c", section="農林課"),
        account("d", personal=True),
        account("e", closed=date(2026, 5, 1)),
        account("f", closed=date(2026, 6, 1)),
    ]

    assert made(*accounts) == made(*reversed(accounts))
    expected = ["takeo_a", "takeo_b", "takeo_c", "takeo_d"], ["takeo_f", "takeo_e"]
    assert expected == handles(listed(*accounts))


def test_csv_is_no_formula():
    """
    What a spreadsheet would take for a formula gets an apostrophe; Excel is told the encoding; both languages agree.
    """
    files = made(account(purpose='=HYPERLINK("https://evil.example")', handle="-takeo"))
    ja, en = (rows(files[name]) for name in ("accounts.csv", "accounts.en.csv"))

    assert files["accounts.csv"].startswith("\ufeff媒体,")
    assert "'=HYPERLINK" == ja[1][6][:11]
    assert "'-takeo" == ja[1][1]
    assert ("観光課", "Tourism Division") == (ja[1][4], en[1][4])
    assert ["X", "運用中", "In use"] == [ja[1][0], ja[1][10], en[1][10]]
    assert "2026-04-01" == ja[1][8]


def test_linked_data_says_what_is_the_same():
    """
    The city is the same as its sections' open accounts; staff members' own and closed ones are not the city.
    """
    files = made(account(), account("hanako", personal=True), account("old", closed=DAY))
    city, page = json.loads(files["accounts.jsonld"])["@graph"]
    profiles = {one["name"]: one for one in page["hasPart"]}

    assert ["https://x.com/takeo_kanko"] == city["sameAs"]
    assert [["https://x.com/takeo_kanko"]] == [one["sameAs"] for one in city["department"]]
    assert {"@language": "en", "@value": "Tourism Division"} in city["department"][0]["name"]
    assert city["department"][0]["@id"] == profiles["@takeo_kanko"]["mainEntity"]["@id"]
    assert "Person" == profiles["@takeo_hanako"]["mainEntity"]["@type"]
    assert "2026-11-23" == profiles["@takeo_old"]["expires"]
    assert "expires" not in profiles["@takeo_kanko"]


def test_the_page_has_the_same_linked_data():
    """
    What search engines read in the page is what the file says.
    """
    files = made(account(purpose=HOSTILE))
    for page in ("index.html", "en.html"):
        (embedded,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', files[page], re.DOTALL)

        assert json.loads(files["accounts.jsonld"]) == json.loads(embedded)


def test_what_is_hostile_is_text():
    """
    HTML in a name, a section, a purpose or a handle is shown as it is written, and no sign turns a line around.
    """
    settings = RegisterSettings(url=PLACE, personal=PersonalShown.NAME, contact=HOSTILE[:-1])
    one = account(purpose=HOSTILE, section=HOSTILE, steward="70012", handle=HOSTILE, personal=True)
    files = made(one, account(purpose=HOSTILE, closed=DAY), settings=settings)
    for page in ("index.html", "en.html"):
        # The data that search engines read, and nothing else.
        assert 1 == files[page].count("<script")
        assert "&lt;script&gt;document.title" in files[page]
    for name, content in files.items():
        assert "\u202e" not in content, name


def test_notices_are_a_feed():
    """
    Openings and closings, last first, each with an id that stays, in the city's own time.
    """
    files = made(account(purpose=HOSTILE), account("old", opened=None, closed=date(2026, 5, 1)))
    feed = ET.fromstring(files["notices.xml"])  # noqa: S314 -- we have just made it
    entries = feed.findall(f"{ATOM}entry")

    assert [
        "X の @takeo_old（観光課）を閉鎖しました",
        "X の @takeo_kanko（観光課）を開設しました",
    ] == [one.findtext(f"{ATOM}title") for one in entries]
    assert "tag:www.city.example,2026-05-01:civicsns/accounts/x-1319/closed" == entries[0].findtext(f"{ATOM}id")
    assert "2026-05-01T00:00:00+09:00" == feed.findtext(f"{ATOM}updated")
    assert "Tourism Division opened @takeo_kanko on X" in files["notices.en.xml"]
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert {"self": f"{PLACE}notices.xml", "alternate": f"{PLACE}index.html"} == links


def test_an_empty_register_is_a_register():
    """
    Without accounts the pages say so, and the feed is one.
    """
    files = made()

    assert "今はありません" in files["index.html"]
    assert ET.fromstring(files["notices.xml"]).findtext(f"{ATOM}updated")  # noqa: S314 -- we have just made it


def test_where_it_stands_has_to_be_said():
    """
    Without an address of the register, none is made.
    """
    with pytest.raises(ConfigurationError, match=r"\[register\]"):
        public.documents(listed(settings=RegisterSettings()))


def test_only_what_changed_is_written(tmp_path):
    """
    A second time nothing is; a changed account changes its files, and nothing is left beside them.
    """
    into = tmp_path / "sns"
    files = public.documents(listed(account()))

    assert sorted(files) == sorted(public.write(files, into))
    assert [] == public.write(files, into)
    assert ["accounts.jsonld"] == public.write({**files, "accounts.jsonld": b"{}"}, into)
    assert sorted(files) == sorted(path.name for path in into.iterdir())
    with pytest.raises(ConfigurationError, match="cannot be written"):
        public.write(files, into / "index.html")


@pytest.mark.browser
def test_the_pages_in_a_browser(chromium, tmp_path):
    """
    On a phone and on a desk, in both languages, light and dark: axe-core finds nothing, nothing is scrolled sideways,
    nothing is fetched, no name runs, and the style is let in by the page's own policy.
    """
    accounts = [
        account(),
        account("hostile", purpose=HOSTILE, section=HOSTILE, steward="70012"),
        account("taro", personal=True, steward="70012"),
        account("old", closed=DAY),
    ]
    settings = RegisterSettings(url=PLACE, personal=PersonalShown.NAME, english={"武雄市": "Takeo City"})
    public.write(public.documents(listed(*accounts, settings=settings)), tmp_path)
    troubles: list[str] = []
    visits: list[tuple[str, int, Any]] = [("index.html", 320, "dark"), ("en.html", 1280, "light")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for file, width, scheme in visits:
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            page.on("console", lambda said: troubles.append(said.text))
            page.on("request", lambda asked: None if asked.url.startswith("file:") else troubles.append(asked.url))
            page.goto((tmp_path / file).as_uri())
            found = Axe().run(page)

            assert 0 == found.violations_count, found.generate_report()
            assert 0 == page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert "hacked" not in page.title()
            assert 3 == page.locator('a[rel="me"]').count()
            assert "1px" == page.locator(".cards li").first.evaluate("one => getComputedStyle(one).borderTopWidth")
            assert {"index.html": "ja", "en.html": "en"}[file] == page.locator("html").get_attribute("lang")
            context.close()
        browser.close()

    assert [] == troubles
