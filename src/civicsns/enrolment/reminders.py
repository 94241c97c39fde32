"""Reminders 催促: who has begun and not finished, in words for that person, and on their way through Apprise."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import attrs

from civicsns.accounts import enrolment
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.enrolment.desk import ATTEMPTS, busy, named
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from civicsns.enrolment.desk import Desk
    from civicsns.enrolment.overview import Standing
    from civicsns.model import Secret

#: Where the person can go on with the link that is there.
_GOES_ON: Final = frozenset({Stage.ISSUED, Stage.OPENED, Stage.AGREED, Stage.PRACTISED, Stage.SIGNING_IN, Stage.FAILED})


@attrs.frozen(kw_only=True)
class Reminder:
    """
    What is said to one person about all accounts that wait for him.

    It holds no link: that is known to the person alone.

    Attributes:
        person: The personnel number.
        name: The person's name.
        accounts: The ids of the accounts.
        subject: What it is about, in a line.
        text: What it says.
    """

    person: str
    name: str
    accounts: tuple[str, ...]
    subject: Bilingual
    text: Bilingual


def due(standings: Iterable[Standing], *, now: datetime, after: timedelta) -> Sequence[Reminder]:
    """
    Make the reminders that are due, one for each person.

    Args:
        standings: How far all have come.
        now: The time, in the city's zone.
        after: How long nothing must have happened, neither a step nor a reminder.
    """
    of: dict[str, list[Standing]] = defaultdict(list)
    for one in standings:
        if one.stage not in _GOES_ON or one.problem is Problem.LOCKED or one.since is None:
            continue
        if max(one.since, one.reminded_at or one.since) + after <= now:
            of[one.person].append(one)
    return [_reminder(person, waiting, now) for person, waiting in sorted(of.items())]


def _reminder(person: str, waiting: Sequence[Standing], now: datetime) -> Reminder:
    last = min(one.expires_at for one in waiting if one.expires_at is not None)
    day = last.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")
    name = waiting[0].name
    lines_ja = "\n".join(f"・{named(one.account)}（{one.stage.said.ja}）{_mend(one)[0]}" for one in waiting)
    lines_en = "\n".join(f"- {named(one.account)} ({one.stage.said.en}){_mend(one)[1]}" for one in waiting)
    return Reminder(
        person=person,
        name=name,
        accounts=tuple(one.account.id for one in waiting),
        subject=Bilingual(f"SNS アカウントの接続のお願い（{day} まで）", f"Please connect your account (until {day})"),
        text=Bilingual(
            f"{name} 様\n\n次のアカウントの接続が、まだ終わっていません。\n{lines_ja}\n\n"
            f"お渡ししたリンクか QR コードを開き、続きを行ってください。期限は {day} です。\n"
            "リンクが見当たらないときは、担当課に新しいものを求めてください。\n"
            "このお知らせに、職員番号やパスワードを返信しないでください。\n",
            f"Dear {name},\n\nThese accounts are not connected yet:\n{lines_en}\n\n"
            f"Open the link or the QR code that you were given, and go on from there, until {day}.\n"
            "If you cannot find it, ask the section in charge for a new one.\n"
            "Do not answer this with your personnel number or a password.\n",
        ),
    )


def _mend(standing: Standing) -> tuple[str, str]:
    if standing.stage is not Stage.FAILED or standing.why is None or standing.mend is None:
        return "", ""
    return f" {standing.why.ja}{standing.mend.ja}", f" {standing.why.en} {standing.mend.en}"


class Reminding:
    """
    Sends reminders, and notes that they were sent.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def remind(self, reminder: Reminder, *, by: str) -> bool:
        """Send a reminder; see `Enrolments.remind`."""
        self._desk.roster.person(by, place="by")
        address = self._desk.settings.notify
        if address is None:
            raise ConfigurationError(
                Bilingual("催促の送り先が設定されていません。", "Where reminders go is not set."),
                mend=Bilingual(
                    "設定の [enrolment] に notify を加えてください。", "Add notify to [enrolment] in the settings."
                ),
                place="enrolment.notify",
            )
        if not send(reminder, address):
            return False
        self.reminded(reminder, by=by)
        return True

    def reminded(self, reminder: Reminder, *, by: str) -> None:
        """Note that a person was reminded; see `Enrolments.reminded`."""
        desk = self._desk
        desk.roster.person(by, place="by")
        for account_id in reminder.accounts:
            for _ in range(ATTEMPTS):
                stored = desk.store.fact(enrolment.KIND, account_id)
                if stored is None:
                    break
                new = attrs.evolve(enrolment.read(stored), reminded_at=desk.now)
                record = desk.record(new, "invitation.reminded", by=by)
                if desk.put([(stored, enrolment.fact(new, stored))], [record]):
                    break
            else:
                raise busy(account_id)


def send(reminder: Reminder, address: Secret) -> bool:
    """
    Send a reminder through Apprise (extra `reminders`), in both languages.

    Args:
        reminder: What to send.
        address: Where to, as `EnrolmentSettings.notify` has it.

    Returns:
        Whether the service took it.

    Raises:
        ConfigurationError: If Apprise is not installed, or does not know such an address.
    """
    apprise = _apprise()
    way = apprise.Apprise()
    if not way.add(address.reveal().replace("{number}", quote(reminder.person, safe=""))):
        # The address holds a password.
        raise ConfigurationError(
            Bilingual("Apprise の宛先として読めません。", "This is no address that Apprise knows."),
            mend=Bilingual("[enrolment] notify を確かめてください。", "Check notify in [enrolment]."),
            place="enrolment.notify",
        )
    title = f"{reminder.subject.ja} / {reminder.subject.en}"
    return bool(way.notify(title=title, body=f"{reminder.text.ja}\n----\n\n{reminder.text.en}"))


def _apprise() -> Any:
    try:
        import apprise  # noqa: PLC0415 -- an extra
    except ImportError:
        raise ConfigurationError(
            Bilingual(
                "催促を送るには civicsns[reminders] を入れてください。", "Reminders are sent by civicsns[reminders]."
            ),
            mend=Bilingual("pip install 'civicsns[reminders]'", "pip install 'civicsns[reminders]'"),
            place="enrolment.notify",
        ) from None
    return apprise
