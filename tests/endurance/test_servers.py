"""PostgreSQL is restarted, or gone for a while, in the middle of a broadcast over the practice networks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from civicsns.errors import StoreError
from civicsns.model import DeliveryState, Draft
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Sandbox, programme
from civicsns.testing.sandbox.x.limits import Allowance

#: On each of the two networks.
ACCOUNTS = 55
WORDS = "本日の朝市は雨のため中止です。"


class City:
    """A city with many accounts on both practice networks, and its store on PostgreSQL."""

    def __init__(self, sandbox, clock, folder, address) -> None:
        self.sandbox, self.clock = sandbox, clock
        for operation in ("create", "timeline"):
            sandbox.x.allow(operation, Allowance())
        sandbox.graph.limits = attrs.evolve(sandbox.graph.limits, app_calls=10**9, page_calls=10**9, ranked=10**6)
        people, accounts = folder / "given-people.csv", folder / "given-accounts.csv"
        people.write_text("number,name\n1042,佐賀 花子\n", encoding="utf-8")
        rows = [
            f"{network}:{number},{network},h{number},1042"
            for network in ("x", "facebook")
            for number in range(ACCOUNTS)
        ]
        accounts.write_text("\n".join(["id,platform,handle,posters", *rows]), encoding="utf-8")
        self.settings = programme.write(sandbox, people=people, accounts=accounts, into=folder)
        (folder / "store-url").write_text(address, encoding="utf-8")
        text = self.settings.read_text(encoding="utf-8")
        self.settings.write_text(
            text.replace("[policy]", 'store = { file = "store-url" }\n\n[policy]')
            # One text under many accounts is what this is about.
            + '\n[policy.severity]\nSIM001 = "advise"\nSIM002 = "advise"\n',
            encoding="utf-8",
        )

    def posts(self) -> Counter[tuple[str, str]]:
        """Count what is out, by network and account."""
        x = [("x", post.user_id) for post in self.sandbox.x.posts() if WORDS in post.text]
        pages = self.sandbox.graph._world.posts.values()
        return Counter([*x, *(("facebook", post.page_id) for post in pages if WORDS in post.message)])

    def decide(self, program: Program) -> None:
        """Be the person who looks at the Page, and says what is there."""
        for waiting in program.waiting():
            assert waiting.state is DeliveryState.UNKNOWN, waiting.failure
            found = [
                post.id
                for post in self.sandbox.graph._world.posts.values()
                if post.page_id == waiting.rendition.network_id and WORDS in post.message
            ]
            post_id = found[0] if found else None
            program.decide(
                waiting.id,
                by="1042",
                reason="ページを見た",
                seen_at=self.clock.now(),
                post_id=post_id,
                again=not found,
            )


@pytest.mark.parametrize("gone", [False, True], ids=["restarted", "gone for a while"])
def test_in_the_middle_of_a_broadcast(server, tmp_path, gone):
    """
    The server crashes while 110 deliveries are under way; each is out once, and none is stranded.
    """
    # OAuth 1.0a signs the time of day, and the SDK takes it from the machine.
    clock = PracticeClock(datetime.now(UTC))
    said: list[str] = []
    with Sandbox(clock=clock) as sandbox:
        city = City(sandbox, clock, tmp_path, server.create().address)
        with Program.open(city.settings, clock=clock) as program:
            draft = Draft(author="1042", text=WORDS, accounts=[account.id for account in program.accounts])

            def publish() -> None:
                try:
                    program.publish(draft, patience=timedelta(0))
                except StoreError as error:
                    said.append(str(error))

            broadcast = threading.Thread(target=publish)
            broadcast.start()
            deadline = time.monotonic() + 120
            while sum(city.posts().values()) < ACCOUNTS // 2:
                assert broadcast.is_alive(), "the broadcast ended early"
                assert time.monotonic() < deadline, "the broadcast never began"
                time.sleep(0.005)
            if gone:
                server.control("stop", "-m", "immediate")
            else:
                server.control("restart", "-m", "immediate")
            broadcast.join()
            if gone:
                with pytest.raises(StoreError) as caught:
                    program.dispatch()
                said.append(str(caught.value))
                server.start()

            assert sum(city.posts().values()) < 2 * ACCOUNTS, "the server was restarted too late to tell anything"
            for _ in range(60):
                program.dispatch()
                city.decide(program)
                clock.advance(timedelta(minutes=1))
                if not program.store.due(clock.now() + timedelta(days=1)) and not program.waiting():
                    break

            assert isinstance(program.store, SqlStore)
            assert program.epoch is not None
            assert [] == program.store.unended()
            ends = Counter(delivery.state for delivery in everything(program))
            assert Counter({DeliveryState.DELIVERED: 2 * ACCOUNTS}) == ends
            assert program.epoch.restored is None
        assert {1} == set(city.posts().values())
        assert 2 * ACCOUNTS == len(city.posts())
    assert said
    assert all("\n" not in sentence for sentence in said)


def everything(program):
    """Give all deliveries that there are."""
    with program.store._engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM civicsns_deliveries").scalars().all()
    return [program.store.get(one) for one in ids]
