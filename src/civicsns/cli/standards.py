"""By what a command checks posts: the city's settings, packs named on the command line, or `jp-municipal`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from civicsns import assembly, config, plugins
from civicsns.accounts import roster
from civicsns.clock import SystemClock
from civicsns.policy import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from civicsns.model import Context, Draft, Finding, Person, Question, Severity, Skipped, Verdict
    from civicsns.policy.engine import Policy
    from civicsns.policy.overlay import Notice
    from civicsns.policy.pack import Pack
    from civicsns.ports import Clock, Rule


@attrs.frozen(kw_only=True)
class Standards:
    """
    What posts are checked by.

    Attributes:
        policy: The rules of packs.
        rules: Rules in Python.
        severity: The city's severities for those.
        zone: The city's zone.
        people: The staff, by number.
        notices: What in the overlay does nothing, or not for long.
        clock: Tells the time.
    """

    policy: Policy | None
    rules: tuple[Rule, ...] = ()
    severity: Mapping[str, Severity] = attrs.field(factory=dict)
    zone: tzinfo = attrs.field(factory=lambda: ZoneInfo("Asia/Tokyo"))
    people: Mapping[str, Person] = attrs.field(factory=dict)
    notices: tuple[Notice, ...] = ()
    clock: Clock = attrs.field(factory=SystemClock)

    @property
    def now(self) -> datetime:
        """The time, in the city's zone."""
        return self.clock.now().astimezone(self.zone)

    @property
    def pack(self) -> Pack | None:
        """The rules of packs as they were written; None where there are none."""
        return self.policy.pack if self.policy else None

    def look(self, draft: Draft, context: Context) -> Verdict:
        """Let every rule look at a draft."""
        return verdict.check(draft, self.rules, severity=self.severity, pack=self.policy, context=context)

    def answers(self, draft: Draft, context: Context) -> Iterator[Finding | Question | Skipped]:
        """Give all that the rules say of a draft."""
        said = self.look(draft, context)
        yield from (*said.findings, *said.questions, *said.skipped)

    def section(self, author: str | None) -> str | None:
        """Give the section of a member of staff; None where that is not known."""
        person = self.people.get(author or "")
        return person.section or None if person else None


def find(settings: Path, *, asked: bool, packs: tuple[str, ...], overlay: Path | None) -> Standards:
    """
    Read what posts are checked by. The store is not opened, and no network is asked.

    Args:
        settings: The settings file.
        asked: Whether somebody named it; one that nobody named need not be there.
        packs: Packs instead of those of the settings.
        overlay: An overlay instead of that of the settings.

    Raises:
        ConfigurationError: If settings, a pack or the overlay are wrong or missing.
    """
    clock = SystemClock()
    if packs or overlay or not (asked or settings.exists()):
        table = config.PolicySettings(packs=packs or None, overlay=overlay)
        zone = ZoneInfo("Asia/Tokyo")
        held = assembly.conduct(table, today=clock.now().astimezone(zone).date(), place="civicsns")
        return Standards(policy=assembly.looking(held, clock=clock), zone=zone, notices=held.notices if held else ())
    read = config.load(settings)
    zone = read.programme.timezone
    place = str(settings)
    held = assembly.conduct(read.policy, today=clock.now().astimezone(zone).date(), place=place)
    return Standards(
        policy=assembly.looking(held, clock=clock),
        rules=tuple(rule for name in read.policy.rules for rule in plugins.rules(name, place=place)),
        severity=read.policy.severity,
        zone=zone,
        people=roster.read(people=read.programme.people, accounts=read.programme.accounts).people,
        notices=held.notices if held else (),
    )
