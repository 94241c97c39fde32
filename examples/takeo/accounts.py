"""
名簿から返納まで: アカウントの一生を、練習用ネットワークの上で / From the roster to the last token: an account's life.

390人の名簿を台帳に取り込み、三人がアカウントをつなぎ、プロフィールを台帳と照らし、四月の異動で一人が移り、一人が去ります。
最後に、市のサイトに載せる公開台帳を書き出します。鍵も保管庫も本物で、ネットワークだけが練習用です。

390 invented people are taken into the register, three connect their accounts, their profiles are held against the
register, and in April one moves and one leaves. Last, the public register is written for the city's site. The key and
the store are real; the networks are for practice.

Run: make examples
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from civicsns import Program
from civicsns.accounts import public, roster
from civicsns.accounts.lifecycle import Wanted
from civicsns.accounts.refusals import WrongAccount
from civicsns.enrolment import state_in
from civicsns.errors import AuthorizationLost
from civicsns.language import Language
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Sandbox
from civicsns.vault import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.enrolment import Link
    from civicsns.profiles import Look
    from civicsns.testing.sandbox.x import XUser

HERE = Path(__file__).parent
#: 総務課の職員。台帳を変えるのはこの人です / Of the general affairs section; whatever changes, changes by her hand.
BY = "1004"
STAYS, MOVES, LEAVES = "x:1001", "x:1002", "x:1003"
APRIL = date(2027, 4, 1)
SETTINGS = """\
[programme]
name = "武雄市"

[policy]
packs = ["jp-municipal"]

[vault]
key = {{ file = "vault.key" }}

[networks.x]
base_url = "{x}"
consumer_key = {{ file = "consumer-key" }}
consumer_secret = {{ file = "consumer-secret" }}

[enrolment]
base_url = "https://sns.city.takeo.example/enrol"

[register]
url = "https://www.city.takeo.example/sns/"
personal = "name"

[register.english]
"武雄市" = "Takeo City"
"""


def main() -> int:
    """Live through the year; 0 if it went as it should."""
    clock = PracticeClock(datetime(2027, 3, 10, tzinfo=UTC))
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (
            ("consumer-key", sandbox.x.app.consumer_key),
            ("consumer-secret", sandbox.x.app.consumer_secret),
        ):
            (folder / file).write_text(text, encoding="utf-8")
            (folder / file).chmod(0o600)
        keys.write_file(folder / "vault.key", keys.generate())
        settings = folder / "civicsns.toml"
        settings.write_text(SETTINGS.format(x=sandbox.x.url), encoding="utf-8")
        with Program.open(settings, clock=clock) as program:
            town = Town(program=program, sandbox=sandbox, clock=clock)
            steps = (town.begin, town.connect, town.present, town.transfer, lambda: town.publish(folder / "sns"))
            return 0 if all(step() for step in steps) else 1


@attrs.define(kw_only=True)
class Town:
    """
    The city hall, and the networks on which its people are.

    Attributes:
        program: The programme.
        sandbox: The practice networks.
        clock: The time, for practice too.
        users: Who is on X, by the programme's accounts.
    """

    program: Program
    sandbox: Sandbox
    clock: PracticeClock
    users: dict[str, XUser] = attrs.field(factory=dict)

    def begin(self) -> bool:
        """Import the roster: look at the plan, then put it into effect."""
        say("名簿を台帳に取り込みます", "The roster is taken into the register")
        staff = roster.staff(HERE / "people.csv").people
        listed = roster.listed(HERE / "accounts.csv", people=staff).accounts
        # このネットワークだけを使います / This network alone.
        on_x = {key: one for key, one in listed.items() if one.platform == "x"}
        plan = self.program.lifecycle.plan(Wanted.of(staff, on_x))
        show(f"計画 {len(plan.changes)} 件、気づき {len(plan.notices)} 件")
        show(f"{len(plan.changes)} changes are planned, notices: {len(plan.notices)}")
        self.program.lifecycle.apply(plan, by=BY, reason="台帳を始める")
        show(f"職員 {len(self.program.roster.people)} 人、アカウント {len(self.program.accounts)} 件")
        return len(self.program.roster.people) == 390

    def connect(self) -> bool:
        """Hand out links; one person signs in with another account first, and nothing of that is kept."""
        say("三人が自分のアカウントをつなぎます", "Three people connect their accounts")
        for account_id in (STAYS, MOVES, LEAVES):
            account = self.program.account(account_id)
            self.users[account_id] = self.sandbox.x.add_user(handle=account.handle, name=account.handle)
            if account_id == MOVES:
                private = self.sandbox.x.add_user(handle="asuka_private", name="あすか")
                try:
                    self._enrolled(account_id, private)
                except WrongAccount as refused:
                    show(f"{account_id}: {refused.what.ja} / {refused.what.en}")
            self._enrolled(account_id, self.users[account_id])
        connected = [one for one in self.program.enrolments.status() if one.account.network_id]
        show(f"接続済み {len(connected)} 件 / {len(connected)} connected")
        found = self.program.verification.verify([STAYS, MOVES, LEAVES])
        for look in found:
            show(f"{look.account}: {look.soundness.said.ja} / {look.soundness.said.en}")
        return [look.soundness.grave for look in found] == [0, 0, 0]

    def _enrolled(self, account_id: str, user: XUser) -> None:
        """Do what the pages of `civicsns enrol serve` do, with the person in front of the browser."""
        enrolments, browser = self.program.enrolments, f"{account_id}'s browser"
        link: Link = enrolments.invite(account_id, by=BY)
        token = link.url.reveal().rpartition("/")[2]
        enrolments.opened(token)
        enrolments.confirm(token, self.program.account(account_id).steward, session=browser)
        enrolments.agreed(token, "rules-2027", session=browser)
        url = enrolments.begin(token, redirect_uri="https://localhost/callback", session=browser)
        came_back = self.sandbox.x.sign_in(url, user)
        enrolments.complete(state_in(came_back), came_back, session=browser)

    def present(self) -> bool:
        """Hold the profiles against the register, and paste what is suggested."""
        say("プロフィールを台帳と照らします", "Their profiles are held against the register")
        before = self.program.profiles.check([STAYS, MOVES, LEAVES])
        tell(before)
        for account_id in (STAYS, MOVES, LEAVES):
            self._paste(account_id)
        text = self.program.profiles.introduction(STAYS)
        show(f"貼り付ける文 / To paste: {text[Language.JA].description}")
        show(f"                         {text[Language.EN].description}")
        after = self.program.profiles.check([STAYS, MOVES, LEAVES])
        tell(after)
        return not any(look.good for look in before) and all(look.good for look in after)

    def _paste(self, account_id: str) -> None:
        """Be the person who edits the profile."""
        text = self.program.profiles.introduction(account_id)[Language.JA]
        self.sandbox.x.set_profile(self.users[account_id], name=text.name, description=text.description, url=text.link)

    def transfer(self) -> bool:
        """Prepare the transfers of April in March; on the day, they take effect by themselves."""
        say("四月の異動を三月に準備します", "The transfers of April are prepared in March")
        people = dict(self.program.roster.people.items())
        gone = self.program.account(LEAVES).steward
        moved = self.program.account(MOVES).steward
        old = self.program.vault.get(self.program.account(LEAVES))
        people[moved] = attrs.evolve(people[moved], section="企画課")
        del people[gone]
        plan = self.program.lifecycle.plan(Wanted.of(people), day=APRIL)
        for change in plan.changes:
            show(f"{change.effective} {change.kind} {change.key}")
        self.program.lifecycle.apply(plan, by=BY, reason="令和9年4月の人事異動")
        self.clock.set(datetime(2027, 4, 1, 0, 30, tzinfo=UTC))
        self.program.dispatch()
        say("四月一日になりました", "The first of April has come")
        left = self.program.account(LEAVES)
        show(f"{LEAVES}: 閉鎖日 / closed on {left.closed}")
        dead = False
        try:
            self.program.adapter("x").whoami(old)  # type: ignore[attr-defined]
        except AuthorizationLost as refused:
            dead = True
            show(f"古いトークンはもう使えません / The old token is dead: {refused.what.en}")
        looks = self.program.profiles.check()
        tell(looks)
        self._paste(MOVES)
        return dead and left.closed == APRIL and [look.account for look in looks if not look.good] == [MOVES]

    def publish(self, into: Path) -> bool:
        """Write the public register."""
        say("公開台帳を書き出します", "The public register is written")
        register = self.program.public_register()
        written = public.write(public.documents(register), into)
        show(f"運用中 {len(register.open)} 件、閉鎖 {len(register.closed)} 件: {', '.join(written)}")
        for one in register.entries:
            show(f"{one.shown} {one.section} {one.name} {'閉鎖 / closed' if one.closed else one.url}")
        for record in self.program.store.records(LEAVES):
            show(f"  {record.event} {record.by or '-'}")
        return (len(register.open), len(register.closed)) == (2, 1)


def say(japanese: str, english: str) -> None:
    """Tell what comes next."""
    print(f"\n{japanese} / {english}")


def show(text: str) -> None:
    """Tell what came of it."""
    print(f"  {text}")


def tell(looks: Iterable[Look]) -> None:
    """Tell what profiles lack."""
    for look in looks:
        missing = " ".join(f"{one.said.ja}{one.said.en}" for one in look.lacks)
        show(f"{look.account}: {missing or '台帳どおり / as it should be'}")


if __name__ == "__main__":
    sys.exit(main())
