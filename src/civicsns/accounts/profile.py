"""
Profiles プロフィール: whether what citizens see of an account at the network agrees with the register.

Pure: what was read comes in, what is missing goes out.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs

from civicsns.accounts.names import skeleton
from civicsns.config import Asked
from civicsns.language import Bilingual
from civicsns.model import Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.accounts.roster import Roster
    from civicsns.config import ProfileSettings, RegisterSettings
    from civicsns.model import Account, Person, Profile

#: `Fact.kind` of what was found when an account's profile was last read; the key is the account's id.
KIND: Final = "profile.look"


class Lack(StrEnum):
    """What is missing in a profile, or wrong with it."""

    NAME = "name"
    CITY = "city"
    SECTION = "section"
    NOTICE = "notice"
    LINK = "link"
    #: Not everybody sees it.
    HIDDEN = "hidden"
    #: The token speaks for another account than the register has.
    ANOTHER = "another"
    #: The network refuses to show it.
    UNREAD = "unread"

    @property
    def said(self) -> Bilingual:
        """The same in words."""
        return _WORDS[self]


_WORDS: Final = {
    Lack.NAME: Bilingual("表示名に氏名がありません。", "The display name has no name of the person."),
    Lack.CITY: Bilingual("市の名前がありません。", "The city is not named."),
    Lack.SECTION: Bilingual("所属がありません。", "The section is not named."),
    Lack.NOTICE: Bilingual(
        "「個人の見解です」という断りがありません。", "It does not say that views are the person's own."
    ),
    Lack.LINK: Bilingual("市のサイトへのリンクがありません。", "There is no link to the city's own site."),
    Lack.HIDDEN: Bilingual("非公開で、市民から見えません。", "It is protected or unpublished; citizens do not see it."),
    Lack.ANOTHER: Bilingual(
        "台帳とは別のアカウントにつながっています（civicsns accounts verify）。",
        "The token is another account's; see civicsns accounts verify.",
    ),
    Lack.UNREAD: Bilingual("プロフィールを読めませんでした。", "The profile could not be read."),
}


@attrs.frozen(kw_only=True)
class Expected:
    """
    What one profile is held against.

    Attributes:
        account: The account.
        person: Who answers for it; None where the roster has nobody.
        section: The section, as the public register has it.
        city: What the city is called, in each language.
        asked: What the profile must tell.
        hosts: The city's own domains; without any, no link is asked for.
        notices: The city's own words for "views are my own".
        english: What the section is called in English; empty where that is not known.
    """

    account: Account
    person: Person | None
    section: str
    city: tuple[str, ...]
    asked: tuple[Asked, ...]
    hosts: frozenset[str]
    notices: tuple[str, ...] = ()
    english: str = ""


@attrs.frozen(kw_only=True)
class Look:
    """
    What was found when a profile was read; not what stood there, which is the person's own.

    Attributes:
        account: The account's id.
        at: When.
        lacks: What is missing or wrong; empty where all is as it should be.
        section: The section that it was held against.
        why: Why it could not be read; None where it could.
        mend: What to do about that.
    """

    account: str
    at: datetime = attrs.field(validator=aware)
    lacks: tuple[Lack, ...] = ()
    section: str = ""
    why: Bilingual | None = None
    mend: Bilingual | None = None

    @property
    def good(self) -> bool:
        """Whether all is as it should be."""
        return not self.lacks


def expected(
    account: Account, roster: Roster, *, settings: ProfileSettings, register: RegisterSettings, city: str
) -> Expected:
    """
    Give what the profile of an account is held against.

    Args:
        account: The account.
        roster: Who there is.
        settings: What is asked.
        register: Where the city's own pages stand, and what names are in English.
        city: What the city is called.
    """
    person = roster.people.get(account.steward)
    section = account.section or (person.section if person else "")
    english = register.english
    return Expected(
        account=account,
        person=person,
        section=section,
        city=tuple(dict.fromkeys(one for one in (city, english.get(city, "")) if one)),
        asked=settings.personal if account.personal else settings.sections,
        hosts=frozenset(filter(None, (host(one or "") for one in (register.url, register.site)))),
        notices=settings.notices,
        english=english.get(section, ""),
    )


def lacking(profile: Profile, against: Expected) -> tuple[Lack, ...]:
    """Say what a profile lacks."""
    if against.account.network_id and profile.network_id != against.account.network_id:
        return (Lack.ANOTHER,)
    name = skeleton(profile.name)
    text = name + "\n" + skeleton(profile.description)
    found: list[Lack] = [] if profile.visible else [Lack.HIDDEN]
    for one in against.asked:
        match one:
            case Asked.NAME:
                told = against.person is None or _has(name, [against.person.name])
            case Asked.CITY:
                told = _has(text, against.city)
            case Asked.SECTION:
                told = _has(text, (against.section, against.english))
            case Asked.NOTICE:
                told = _has(text, against.notices) if against.notices else disclaims(profile.description)
            case Asked.LINK:
                told = not against.hosts or any(_at_home(link, against.hosts) for link in profile.links)
        if not told:
            found.append(Lack(one.value))
    return tuple(found)


def _has(text: str, terms: Iterable[str]) -> bool:
    """Whether a text has one of the terms; what nobody knows is not asked for."""
    wanted = [term for term in map(skeleton, terms) if term]
    return not wanted or any(term in text for term in wanted)


# --- the link back ----------------------------------------------------------------------------------------------------


def host(address: str) -> str:
    """Give the host of an address on the web, without `www.`; empty where there is none."""
    try:
        parts = urlsplit(address)
        name = parts.hostname or ""
    except ValueError:
        return ""
    return name.rstrip(".").removeprefix("www.") if parts.scheme in {"http", "https"} else ""


def _at_home(link: str, hosts: Iterable[str]) -> bool:
    name = host(link)
    return any(name == home or name.endswith(f".{home}") for home in hosts)


# --- the notice -------------------------------------------------------------------------------------------------------

_VIEW: Final = "(?:見解|意見|考え|感想|立場|発言|投稿|発信|つぶやき|ツイート)"
_NOT: Final = "(?:ではありません|ではない|ではございません|でない|とは異な|とは関係|とは無関係|を代表|を示すもの)"
#: As people write it. Held against a text without spaces and signs (`names.skeleton`).
_NOTICE: Final = re.compile(
    f"個人(?:の|的な?|としての){_VIEW}(?!では(?:あり|ござい|な))"
    f"|私見(?!では(?:あり|ござい|な))"
    f"|(?:所属|勤務先|組織|団体|役所|役場|[市町村県都府区])(?:(?!個人).){{0,12}}{_VIEW}.{{0,6}}{_NOT}"
    r"|(?:views|opinions|thoughts|tweets|posts)(?:expressed)?(?:here)?(?:are)?(?:all|solely|strictly|entirely|purely)?"
    r"(?:my|mine)(?!employer)"
    r"|(?<!not)my(?:own|personal|ownpersonal)(?:views?|opinions?)|(?<!not)(?<!notmy)personal(?:views?|opinions?)"
    r"|(?:donot|dont|doesnot|doesnt)(?:necessarily)?(?:represent|reflect)"
)


def disclaims(text: str) -> bool:
    """Whether a text says, in Japanese or English, that its author's views are not those of the employer."""
    return bool(_NOTICE.search(skeleton(text)))


# --- what is kept -----------------------------------------------------------------------------------------------------


def fact(look: Look, old: Fact | None = None) -> Fact:
    """Give the fact that stands for a look, in the place of *old*."""
    said: dict[str, Any] = {
        "at": look.at.isoformat(),
        "lacks": [one.value for one in look.lacks],
        "section": look.section,
    }
    said |= {
        name: {"ja": one.ja, "en": one.en} for name, one in (("why", look.why), ("mend", look.mend)) if one is not None
    }
    return old.becomes(**said) if old is not None else Fact(kind=KIND, key=look.account, value=said)


def read(stored: Fact) -> Look:
    """Read a look back."""
    value = stored.value
    return Look(
        account=stored.key,
        at=datetime.fromisoformat(value["at"]),
        lacks=tuple(Lack(one) for one in value["lacks"]),
        section=value["section"],
        why=Bilingual(**value["why"]) if "why" in value else None,
        mend=Bilingual(**value["mend"]) if "mend" in value else None,
    )


def as_dict(look: Look) -> dict[str, Any]:
    """Give a look for JSON."""
    said: Sequence[Bilingual] = [one.said for one in look.lacks]
    return {
        "account": look.account,
        "good": look.good,
        **fact(look).value,
        "said": [{"ja": one.ja, "en": one.en} for one in said],
    }
