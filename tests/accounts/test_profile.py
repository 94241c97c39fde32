"""Profiles held against the register: what counts as a notice, a link back, a name; and what to put there instead."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.accounts import profile
from civicsns.accounts.introduction import LONGEST, introduction
from civicsns.accounts.profile import Lack, Look, disclaims
from civicsns.accounts.roster import Roster
from civicsns.config import Asked, ProfileSettings, RegisterSettings, structure
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language
from civicsns.model import Account, Person, Profile
from civicsns.text import Measure, measure

HANAKO = Person(number="1001", name="髙橋 花子", section="観光課")
OWN = Account(id="x:hanako", platform="x", handle="hanako", network_id="7", steward="1001", personal=True)
SECTION = Account(id="x:kanko", platform="x", handle="kanko", network_id="8", section="観光課", steward="1001")
REGISTER = RegisterSettings(
    url="https://www.city.takeo.example/sns/",
    city="武雄市",
    english={"武雄市": "Takeo City", "観光課": "Tourism Division"},
)
WELL = Profile(
    platform="x",
    network_id="7",
    name="高橋花子（武雄市観光課）",
    description="発言は個人の見解です。",
    links=("https://city.takeo.example/sns/",),
)


def against(account=OWN, *, settings=None, register=REGISTER, person=HANAKO):
    roster = Roster(people={person.number: person}, accounts={account.id: account})
    return profile.expected(
        account, roster, settings=settings or ProfileSettings(), register=register, city=register.city or ""
    )


def lacks(found=WELL, **given_):
    return profile.lacking(found, against(**given_))


def test_a_profile_as_it_should_be_lacks_nothing():
    """
    Old forms of letters and spaces in the name, and www before the domain, are no difference.
    """
    assert () == lacks()


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"name": "観光課のはなこ"}, Lack.NAME),
        ({"name": "高橋花子"}, Lack.SECTION),
        ({"description": "観光の仕事をしています。"}, Lack.NOTICE),
        ({"links": ()}, Lack.LINK),
        ({"visible": False}, Lack.HIDDEN),
        ({"network_id": "99"}, Lack.ANOTHER),
    ],
)
def test_what_is_missing_is_told_and_nothing_else(changes, missing):
    """
    Each thing that is asked of a staff member's own profile, missing alone.
    """
    assert (missing,) == lacks(attrs.evolve(WELL, **changes))


def test_the_profile_of_another_account_is_not_judged():
    """
    Whatever it says, it is not ours.
    """
    assert (Lack.ANOTHER,) == lacks(Profile(platform="x", network_id="99", visible=False))


def test_sections_are_asked_for_other_things():
    """
    The city, the section and the link; no person's name, no notice. English names do as well.
    """
    well = Profile(platform="x", network_id="8", name="武雄市観光課", links=("https://kanko.city.takeo.example/",))
    english = attrs.evolve(well, name="Takeo City", description="Tourism Division")

    assert () == lacks(well, account=SECTION)
    assert () == lacks(english, account=SECTION)
    assert (Lack.CITY, Lack.SECTION, Lack.LINK) == lacks(
        Profile(platform="x", network_id="8", name="祭り"), account=SECTION
    )


@pytest.mark.parametrize(
    "link",
    [
        "https://city.takeo.example.evil.example/",
        "https://city.takeo.example@evil.example/",
        "https://evil.example/https://www.city.takeo.example/sns/",
        "https://notcity.takeo.example/",
        "javascript://www.city.takeo.example/%0aalert(1)",
        "https://[city.takeo.example/",
        "",
    ],
)
def test_a_link_that_only_looks_like_the_city_s_is_none(link):
    """
    What counts is the host, and whether a browser goes there.
    """
    assert (Lack.LINK,) == lacks(attrs.evolve(WELL, links=(link,)))


@pytest.mark.parametrize(
    "link", ["http://www.city.takeo.example", "https://CITY.takeo.example./x", "https://sns.city.takeo.example/"]
)
def test_the_city_s_own_domain_and_what_is_below_it(link):
    """
    The register's host, with www. or without, in any case, and its own subdomains.
    """
    assert () == lacks(attrs.evolve(WELL, links=("https://example.com/", link)))


def test_without_an_address_no_link_is_asked_for():
    """
    A city that has not said where its pages stand is not told that links are missing.
    """
    assert () == lacks(attrs.evolve(WELL, links=()), register=attrs.evolve(REGISTER, url=None))


@pytest.mark.parametrize(
    "text",
    [
        "個人の見解であり、所属する組織の公式見解ではありません。",
        "つぶやきは個人的な意見です",
        "発言は私見です",
        "ツイートは所属先の組織を代表するものではなく、市の見解とは異なります",
        "武雄市の公式見解ではない",
        "個 人 の 見 解 です",
        "Views are my own.",
        "opinions expressed here are solely my own",
        "All tweets mine; do not necessarily reflect those of my employer",
        "Personal views.",
        "My own opinions",
    ],
)
def test_notices_as_people_write_them(text):
    """
    In both languages, with the usual words.
    """
    assert disclaims(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "観光課の職員です。祭りが好き。",
        "市の公式見解を発信します",
        "これは個人の見解ではありません",
        "武雄市の公式見解です。個人の見解ではありません。",
        "私見ではありません",
        "These are not my views",
        "Views are my employer's",
        "I work for the city. My city, my life.",
        "個人情報の見解",
    ],
)
def test_what_is_no_notice(text):
    """
    Neither the opposite, nor what only has the words.
    """
    assert not disclaims(text)


def test_the_city_s_own_words():
    """
    Where the settings have words, no others do.
    """
    settings = ProfileSettings(notices=("武雄市とは無関係な一職員の声です",))

    assert (Lack.NOTICE,) == lacks(settings=settings)
    assert () == lacks(attrs.evolve(WELL, description="武雄市とは無関係な、一職員の声です。"), settings=settings)


def test_what_is_asked_is_a_setting():
    """
    A city that does not want real names asks for none; sections cannot be asked for a person's name.
    """
    read = structure(ProfileSettings, {"personal": ["notice"], "every_days": 7}, place="profiles")
    assert (Asked.NOTICE,) == read.personal
    assert () == lacks(attrs.evolve(WELL, name="はな", links=()), settings=read)

    with pytest.raises(ConfigurationError, match="notice"):
        structure(ProfileSettings, {"sections": ["notice"]}, place="profiles")


def test_a_look_is_kept_whole():
    """
    What was found comes back as it was, what could not be read with its mend.
    """
    look = Look(
        account="x:hanako",
        at=datetime(2026, 4, 1, tzinfo=UTC),
        lacks=(Lack.UNREAD,),
        section="観光課",
        why=Bilingual("読めない", "unreadable"),
        mend=Bilingual("直す", "mend"),
    )

    assert look == profile.read(profile.fact(look))


def test_what_to_put_there():
    """
    Japanese and English, with whose account it is, whose views, and where the list stands.
    """
    japanese = introduction(against(), REGISTER, Language.JA)
    english = introduction(against(), REGISTER, Language.EN)

    assert "髙橋 花子（武雄市観光課）" == japanese.name
    assert (
        "武雄市観光課の職員です。発言は個人の見解であり、武雄市の公式見解ではありません。"
        "武雄市の公式アカウント一覧 https://www.city.takeo.example/sns/"
    ) == japanese.description
    assert (
        "Staff member, Tourism Division, Takeo City. Views are my own, not those of Takeo City. "
        "Accounts of Takeo City: https://www.city.takeo.example/sns/"
    ) == english.description
    assert "https://www.city.takeo.example/sns/" == japanese.link == english.link
    assert japanese.fits
    assert english.fits


_WORDS = st.text(alphabet="武雄市観光課祭り・ー振興", min_size=1, max_size=30)


@given(
    city=st.text(alphabet="武雄津松浦", min_size=1, max_size=6),
    section=_WORDS,
    name=st.text(alphabet="佐賀花子髙 ", min_size=1, max_size=12).filter(str.strip),
    purpose=st.text(alphabet="防災情報を伝える。", max_size=80),
    path=st.text(alphabet="abcdef", max_size=30),
    personal=st.booleans(),
    platform=st.sampled_from(["x", "facebook"]),
    language=st.sampled_from(Language),
)
def test_what_we_suggest_is_what_we_ask_for(city, section, name, purpose, path, personal, platform, language):
    """
    Whoever pastes it lacks nothing, and the network takes it; or it says that it is too long.
    """
    register = RegisterSettings(url=f"https://www.city.example.jp/{path}/", city=city)
    account = Account(
        id="a", platform=platform, network_id="7", section=section, steward="1", personal=personal, purpose=purpose
    )
    expected = against(account, register=register, person=Person(number="1", name=name, section=section))
    said = introduction(expected, register, language)
    pasted = Profile(
        platform=platform, network_id="7", name=said.name, description=said.description, links=(said.link,)
    )

    assert () == profile.lacking(pasted, expected)
    by = Measure.X if platform == "x" else Measure.FACEBOOK
    assert said.fits is False or measure(said.description, by) <= LONGEST[platform]
    assert said.fits is False or platform != "x" or len(said.description) <= 160
