"""
Passes: links that let an overseer 統括者 see the overview where no host application says who is asking.

Whoever may run the command line with the programme's settings could read the same there, and makes a pass for an
overseer: it opens once, within ten minutes, in one browser. Making it and opening it stand on record.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from civicsns.accounts import enrolment
from civicsns.enrolment.desk import busy
from civicsns.errors import ConfigurationError, NotPermitted
from civicsns.language import Bilingual
from civicsns.model import Fact, Record, Secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from civicsns.enrolment import Desk
    from civicsns.program import Program

#: `Fact.kind` of a pass; the key is the digest of its token.
KIND: Final = "overview.pass"
#: So long a pass opens: from one window to the next.
LIFE: Final = timedelta(minutes=10)


class Passes:
    """
    Makes passes and takes them.

    Args:
        desk: Where they are kept, and whose clock says how old they are.
        overseers: The personnel numbers of those who may have one.
    """

    def __init__(self, desk: Desk, overseers: Collection[str]) -> None:
        self._desk = desk
        self._overseers = overseers

    @classmethod
    def of(cls, program: Program) -> Passes:
        """Give those of a programme: `[permissions] overseers` may have one."""
        return cls(program.enrolments.desk, program.permissions.overseers)

    def issue(self, number: str) -> Secret:
        """
        Make a pass; an earlier one of the same person opens no more.

        Args:
            number: The personnel number of the overseer.

        Returns:
            Its address, for that person's browser alone; it is kept nowhere.

        Raises:
            BadInput: If there is no such person.
            NotPermitted: If that person is no overseer, or out of term.
            ConfigurationError: If `[enrolment] base_url` is not set.
            StoreError: If the store is out of order.
        """
        desk = self._desk
        desk.roster.person(number, place="by")
        if not self.admits(number):
            raise NotPermitted(
                Bilingual(
                    f"職員 {number} は統括者でないか、任期中でないため、登録の状況の画面を見られません。",
                    f"Person {number} is no overseer, or out of term, and may not see how enrolment stands.",
                ),
                mend=Bilingual(
                    "設定の [permissions] の overseers に職員番号を加えてください。",
                    "Add the personnel number to overseers in [permissions] of the settings.",
                ),
                place="permissions.overseers",
            )
        if desk.settings.base_url is None:
            raise ConfigurationError(
                Bilingual("登録の画面のアドレスが設定されていません。", "Where people reach the pages is not set."),
                mend=Bilingual(
                    "設定の [enrolment] に base_url を加えてください。", "Add base_url to [enrolment] in the settings."
                ),
                place="enrolment.base_url",
            )
        token, now = secrets.token_urlsafe(32), desk.now
        old = [one for one in desk.store.facts(KIND) if one.value["person"] == number or _over(one, now)]
        new = Fact(kind=KIND, key=enrolment.digest(token), value={"person": number, "until": (now + LIFE).isoformat()})
        if not desk.put([*((one, None) for one in old), (None, new)], [self._record(number, "overview.pass_issued")]):
            raise busy(number)
        return Secret(f"{desk.settings.base_url.rstrip('/')}/link/overview/{token}")

    def opens(self, token: str) -> bool:
        """Tell whether a pass is good; nothing changes."""
        return self._found(token) is not None

    def take(self, token: str) -> str | None:
        """
        Take a pass, which is then of no more use.

        Returns:
            The personnel number of whoever it was made for; None if it is not good, or was taken at the same time.

        Raises:
            StoreError: If the store is out of order.
        """
        found = self._found(token)
        if found is None:
            return None
        number = str(found.value["person"])
        taken = self._desk.put([(found, None)], [self._record(number, "overview.opened")])
        return number if taken else None

    def admits(self, number: str) -> bool:
        """Whether a person may see the overview at this moment: an overseer, of the staff, and in term."""
        person = self._desk.roster.people.get(number)
        return number in self._overseers and person is not None and person.serves(self._desk.now.date())

    def _found(self, token: str) -> Fact | None:
        found = self._desk.store.fact(KIND, enrolment.digest(token))
        return None if found is None or _over(found, self._desk.now) else found

    def _record(self, number: str, event: str) -> Record:
        return Record(at=self._desk.now, subject=f"person:{number}", event=event, by=number, facts={})


def _over(one: Fact, now: datetime) -> bool:
    return datetime.fromisoformat(str(one.value["until"])) <= now
