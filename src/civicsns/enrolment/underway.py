"""Sign-ins under way as they lie in the store: with which key they are sealed, and which wait for nobody's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.accounts.retirement import Task, TaskKind
from civicsns.enrolment import signins
from civicsns.enrolment.signins import SETTLED, SignIn, Step
from civicsns.errors import CivicsnsError, ShutForGood
from civicsns.language import Bilingual
from civicsns.log import Events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from civicsns.enrolment.desk import Desk

_log = Events(__name__)

_WAITS = {
    Step.CHOOSING: Bilingual(
        "ページが選ばれないままの許可が残っています。", "It was granted, and nobody has chosen a Page."
    ),
    Step.REVOKING: Bilingual(
        "使わない許可を、ネットワークでまだ取り消せていません。",
        "Tokens that nobody needs are not revoked at the network yet.",
    ),
}
_GRANTED = Bilingual(
    "ネットワークの許可は得られましたが、接続がまだ終わっていません。",
    "The network has granted it, and the account is not connected yet.",
)
_RESUME = Bilingual(
    "自動で再試行されます。続くときは、civicsns dispatch か civicsns enrol resume が動いているかと、ログを確かめてください。",
    "It is tried again by itself. If it stays, see that civicsns dispatch or civicsns enrol resume runs, and read the log.",
)


@attrs.frozen(kw_only=True)
class UnderWay:
    """
    A sign-in under way, without what is sealed in it.

    Attributes:
        account: The id of the account that is connected by it.
        step: How far it has come.
        since: Since when.
        key: The name of the key that wraps its own; empty where that cannot be read.
        current: Whether that is the key that wraps from now on.
        fault: Why it does not open; None where it does.
    """

    account: str
    step: Step
    since: datetime
    key: str
    current: bool
    fault: CivicsnsError | None

    @property
    def what(self) -> Bilingual:
        """Why it is not at its end, for officials."""
        return self.fault.what if self.fault is not None else _WAITS.get(self.step, _GRANTED)

    @property
    def mend(self) -> Bilingual:
        """What to do about it."""
        return self.fault.mend if self.fault is not None else _RESUME

    @property
    def task(self) -> Task:
        """The same among what is left to do for accounts."""
        return Task(account=self.account, kind=TaskKind.SIGN_IN, what=self.what, mend=self.mend, since=self.since)


def look(desk: Desk) -> Sequence[UnderWay]:
    """
    Try whether every sign-in under way opens; one that is being exchanged at this moment is left out.

    Raises:
        StoreError: If the store is out of order.
    """
    # What is taken, nobody opens again.
    return [_examined(one, desk) for one in _kept(desk) if one.step is not Step.TAKEN]


def waiting(desk: Desk) -> Sequence[UnderWay]:
    """
    List the sign-ins that have tokens and are not at their end, long after they should have been.

    Raises:
        StoreError: If the store is out of order.
    """
    now = desk.now
    # Whatever has come no further than the network's page ends by itself, and nothing is lost.
    return [_examined(one, desk) for one in _kept(desk) if one.step.granted and not one.lasts(now)]


def _kept(desk: Desk) -> list[SignIn]:
    return [signins.read(stored) for stored in desk.store.facts(signins.KIND)]


def _examined(one: SignIn, desk: Desk) -> UnderWay:
    key, current, fault = "", False, None
    try:
        key = signins.wrapped_by(one, desk.sealer)
        current = key == desk.sealer.current
        signins.open_(one, desk.sealer)
    except CivicsnsError as error:
        fault = error
    return UnderWay(account=one.account, step=one.step, since=one.at, key=key, current=current, fault=fault)


def reseal(desk: Desk, *, data: bool) -> int:
    """Seal sign-ins with the key that wraps from now on; see `Enrolments.reseal`."""
    done = 0
    for stored in desk.store.facts(signins.KIND):
        one = signins.read(stored)
        settling = one.step in {Step.GRANTED, Step.SEALING, Step.REVOKING} and desk.now < one.at + SETTLED
        if settling or one.step is Step.TAKEN:
            # Somebody is at it.
            continue
        try:
            if not data and signins.wrapped_by(one, desk.sealer) == desk.sealer.current:
                continue
            new = signins.resealed(one, desk.sealer)
        except ShutForGood as error:
            _log.failed("enrolment.not_resealed", error, account=one.account)
            continue
        done += desk.put([(stored, new.fact(stored))], [])
    return done
