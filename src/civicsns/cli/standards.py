"""By what a command checks posts: the city's settings, packs named on the command line, or `jp-municipal`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from civicsns import assembly, config, plugins
from civicsns.clock import SystemClock
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.policy import verdict
from civicsns.policy.circumstances import Circumstances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from civicsns.model import Context, Draft, Finding, Person, Question, Severity, Skipped, Verdict
    from civicsns.policy.engine import Policy
    from civicsns.policy.notice import Notice
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
        circumstances: Where facts about circumstances come from.
        people: The staff, by number.
        notices: What in the overlay does nothing, or not for long.
        clock: Tells the time.
    """

    policy: Policy | None
    rules: tuple[Rule, ...] = ()
    severity: Mapping[str, Severity] = attrs.field(factory=dict)
    zone: tzinfo = attrs.field(factory=lambda: ZoneInfo("Asia/Tokyo"))
    circumstances: Circumstances = attrs.field(
        default=attrs.Factory(lambda held: Circumstances(zone=held.zone), takes_self=True)
    )
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
        """Let every rule look at a draft; what is not known in *context* is worked out as far as it can be."""
        worked_out = self.circumstances.context(
            draft, at=context.local_time or self.clock.now(), author=self.people.get(draft.author)
        )
        context = context.over(worked_out)
        return verdict.check(draft, self.rules, severity=self.severity, pack=self.policy, context=context)

    def answers(self, draft: Draft, context: Context) -> Iterator[Finding | Question | Skipped]:
        """Give all that the rules say of a draft, from nothing but what is known in *context*."""
        said = verdict.check(draft, self.rules, severity=self.severity, pack=self.policy, context=context)
        yield from said.findings
        yield from said.questions
        yield from said.skipped


def of(pack: Pack) -> Standards:
    """Check by one pack alone."""
    clock = SystemClock()
    return Standards(policy=assembly.looking(plugins.Conduct(pack=pack)), clock=clock)


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
        return Standards(policy=assembly.looking(held), zone=zone, notices=held.notices if held else ())
    read = config.load(settings)
    zone = read.programme.timezone
    place = str(settings)
    held = assembly.conduct(read.policy, today=clock.now().astimezone(zone).date(), place=place)
    rules = assembly.written(read.policy, held, place=place)
    if held is None and not rules:
        raise ConfigurationError(
            Bilingual("設定に投稿規範がありません。", "The settings name no conduct rules."),
            mend=Bilingual("設定の [policy] packs に規範を加えてください。", "Name a rule pack in [policy] packs."),
            place=f"{place}: policy",
        )
    return Standards(
        policy=assembly.looking(held),
        rules=rules,
        severity=read.policy.severity,
        zone=zone,
        circumstances=assembly.circumstances(read),
        people=assembly.people(read),
        notices=held.notices if held else (),
    )
