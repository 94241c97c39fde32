"""What citizens are told of each account, and of which accounts."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs

from civicsns.config import PersonalShown
from civicsns.language import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, tzinfo

    from civicsns.accounts.roster import Roster
    from civicsns.config import RegisterSettings
    from civicsns.model import Account

#: Where citizens see an account, by network; the settings have those of other networks.
ADDRESSES: Final[Mapping[str, str]] = {
    # An id stays when a Page is renamed.
    "facebook": "https://www.facebook.com/{id}",
    "x": "https://x.com/{handle}",
}
#: What marks a direction of writing: a name with one in it could turn the rest of a line around.
_TURNS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@attrs.frozen(kw_only=True)
class Entry:
    """
    What citizens are told of one account.

    Attributes:
        platform: The network.
        handle: The name on the network; empty where only the network's id is known.
        network_id: The network's id; empty where only the name is known.
        url: Where it is seen.
        section: The section that answers for it 所管課.
        personal: Whether it is a staff member's own.
        name: Whose it is; empty unless the settings let it out.
        purpose: What it is for.
        steward_section: The section of the person who answers for it.
        opened: The day on which it was opened; None where it is not known.
        closed: The day on which it was closed; None while it is open.
    """

    platform: str
    handle: str
    network_id: str
    url: str
    section: str
    personal: bool
    name: str = ""
    purpose: str = ""
    steward_section: str = ""
    opened: date | None = None
    closed: date | None = None

    @property
    def key(self) -> str:
        """By what it is known in public: the programme's own id often has the personnel number in it."""
        return f"{self.platform}-{self.network_id or self.handle}"

    @property
    def shown(self) -> str:
        """What it is called."""
        if not self.handle:
            return self.network_id
        return f"@{self.handle}" if self.platform == "x" else self.handle


@attrs.frozen(kw_only=True)
class Telling:
    """
    Something that has happened to an account お知らせ.

    Attributes:
        day: When.
        entry: To which.
        closing: Whether it was closed; else it was opened.
    """

    day: date
    entry: Entry
    closing: bool


@attrs.frozen(kw_only=True)
class PublicRegister:
    """
    The register as citizens see it on one day.

    Attributes:
        city: Whose accounts they are.
        day: On which day.
        zone: The zone in which the city lives.
        settings: Where it stands and what it may tell.
        open: The accounts that are in use: of sections first, by section, network and name.
        closed: Those that were closed of late, last first.
    """

    city: str
    day: date
    zone: tzinfo
    settings: RegisterSettings
    open: tuple[Entry, ...]
    closed: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        return self.open + self.closed

    def tellings(self) -> list[Telling]:
        """Give openings and closings, last first."""
        told = [Telling(day=one.opened, entry=one, closing=False) for one in self.entries if one.opened]
        told += [Telling(day=one.closed, entry=one, closing=True) for one in self.closed if one.closed]
        # By day alone, as the accounts are in order already.
        return sorted(told, key=lambda one: one.day, reverse=True)

    def say(self, text: str, language: Language) -> str:
        """Give a text of the city's in *language*: in English as far as the settings have it."""
        return self.settings.english.get(text, text) if language is Language.EN else text


def listed(
    roster: Roster, settings: RegisterSettings, *, city: str, day: date, zone: tzinfo, in_files: bool
) -> PublicRegister:
    """
    Give what citizens may know on *day*.

    An account that waits to be connected is left out: until then its name may be anybody's.

    Args:
        roster: Who and what there is.
        settings: How far the register goes.
        city: Whose accounts they are.
        day: The day.
        zone: The zone in which the city lives.
        in_files: Whether the list of accounts is a file, which need not have the networks' ids.
    """
    people = roster.people
    wanted = [
        account for account in roster.accounts.values() if _is_public(account, settings, day=day, in_files=in_files)
    ]
    sections = {one.number: one for one in people.values()} if wanted else {}
    entries: list[Entry] = []
    for account in wanted:
        url = address(account, settings.profiles)
        if not url:
            continue
        person = sections.get(account.steward)
        over = _is_closed(account, day)
        named = person is not None and account.personal and not over and settings.personal is PersonalShown.NAME
        entries.append(
            Entry(
                platform=account.platform,
                handle=_plain(account.handle),
                network_id=_plain(account.network_id),
                url=url,
                section=_plain(account.section or (person.section if person else "")),
                personal=account.personal,
                name=_plain(person.name) if person is not None and named else "",
                purpose=_plain(account.purpose),
                steward_section=_plain(person.section) if person is not None and not over else "",
                opened=account.opened,
                closed=account.closed if over else None,
            )
        )
    running = _once(sorted((one for one in entries if one.closed is None), key=_order))
    used = {one.key for one in running}
    # What somebody uses again is not closed, whatever it was before.
    gone = sorted((one for one in entries if one.closed is not None and one.key not in used), key=_order)
    gone.sort(key=lambda one: one.closed or day, reverse=True)
    return PublicRegister(
        city=_plain(city), day=day, zone=zone, settings=settings, open=tuple(running), closed=tuple(_once(gone))
    )


def address(account: Account, more: Mapping[str, str]) -> str:
    """Give where citizens see an account; empty where that is not known."""
    pattern = more.get(account.platform) or ADDRESSES.get(account.platform, "")
    if ("{handle}" in pattern and not account.handle) or ("{id}" in pattern and not account.network_id):
        # A Page is found by its name, too.
        pattern = pattern.replace("{id}", "{handle}") if account.platform == "facebook" and account.handle else ""
    handle = account.handle.removeprefix("@")
    return pattern.replace("{handle}", quote(handle, safe="@")).replace("{id}", quote(account.network_id, safe=""))


def _is_public(account: Account, settings: RegisterSettings, *, day: date, in_files: bool) -> bool:
    if account.personal and settings.personal is PersonalShown.NONE:
        return False
    if not account.network_id and not in_files:
        return False
    if account.opened is not None and account.opened > day:
        return False
    if account.closed is None or not _is_closed(account, day):
        return True
    end = (account.closed.year + settings.closed_years, account.closed.month, account.closed.day)
    return (day.year, day.month, day.day) < end


def _is_closed(account: Account, day: date) -> bool:
    return account.closed is not None and account.closed <= day


def _order(entry: Entry) -> tuple[object, ...]:
    return (entry.personal, entry.section, entry.platform, entry.handle.casefold(), entry.network_id)


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """Give the first of each."""
    found: dict[str, Entry] = {}
    for one in entries:
        found.setdefault(one.key, one)
    return list(found.values())


def _plain(text: str) -> str:
    """Give a text on one line, without what XML cannot hold and what turns a line around."""
    # Rare letters of names may be younger than this Python: those that it does not know stay.
    kept = "".join(" " if unicodedata.category(one) in {"Cc", "Cs"} or one in "\ufffe\uffff" else one for one in text)
    return " ".join(_TURNS.sub("", kept).split())
