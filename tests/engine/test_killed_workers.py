"""Real worker processes on procrastinate, killed while they send: nothing twice, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from civicsns.model import Delivery, DeliveryState, Draft
from civicsns.program import Program
from civicsns.testing.sandbox import Fault, Sandbox, programme

STAFF = 8


@pytest.fixture
def practice(tmp_path, postgres):
    """Both practice networks, and a programme with many accounts whose engine is procrastinate."""
    people = ["職員番号,氏名,所属", *(f"{1000 + number},職員{number},観光課" for number in range(STAFF))]
    accounts = ["アカウントID,媒体,ユーザー名,所管課,管理者,個人,投稿者"]
    for number in range(STAFF):
        accounts.append(f"x:a{number},x,staff_{number},観光課,{1000 + number},はい,1000")
        accounts.append(f"facebook:a{number},facebook,page.{number},観光課,{1000 + number},いいえ,所管課")
    (tmp_path / "people.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("\n".join(accounts) + "\n", encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
        )
        text = settings.read_text(encoding="utf-8")
        text = text.replace("longest_pause = 15", "longest_pause = 2\nstart_deadline = 1\nconcurrency = 2")
        text = text.replace("[policy]", f'store = "{postgres.create()}"\n\n[policy]')
        text += '\n[running]\nengine = "procrastinate"\nsweep = 1\nheartbeat = 0.5\n'
        # The practice X suspends nobody for a text that many accounts share.
        text += '\n[policy.severity]\nSIM001 = "advise"\n'
        settings.write_text(text, encoding="utf-8")
        yield sandbox, settings


def start(settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "civicsns", "dispatch", "-c", str(settings), "--loop"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def wait(until, *, seconds=180):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "What had to come did not come."
        time.sleep(0.05)


def test_workers_that_are_killed_while_they_send(practice):
    """
    Two workers die by SIGKILL with requests under way, one after the other; the third brings all to its end.

    What the networks hold is what the ledger says, and what nobody can know is before a person.
    """
    sandbox, settings = practice
    workers = [start(settings), start(settings)]
    try:
        with Program.open(settings) as program:
            wait(lambda: len(program.store.facts("heartbeat")) == 2)
            planned: list[Delivery] = []
            for text, worker in zip(("佐賀牛が届きました", "佐賀牛が売り切れました"), workers, strict=True):
                # What arrives and is not answered is under way when the worker dies.
                sandbox.x.faults.order(Fault.TIMEOUT, on="create", carried_out=True)
                sandbox.x.faults.order(Fault.TIMEOUT, on="create", carried_out=False)
                sandbox.graph.faults.order(Fault.TIMEOUT, on="feed", carried_out=True)
                sandbox.graph.faults.order(Fault.TIMEOUT, on="feed", carried_out=False)
                draft = Draft(author="1000", text=text, accounts=list(program.roster.accounts))
                planned += program.publish(draft, patience=timedelta(0)).results
                wait(lambda: sandbox.x.faults.waiting + sandbox.graph.faults.waiting == 0)
                worker.kill()
                worker.wait()
            cut_off = sum(program.store.get(one.id).state is DeliveryState.SENDING for one in planned)
            workers.append(start(settings))
            wait(lambda: all(program.store.get(one.id).not_before is None for one in planned))
            ended = [program.store.get(one.id) for one in planned]
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(timeout=30)

    assert cut_off >= 4
    assert 0 == workers[-1].returncode
    for one in ended:
        there = held(sandbox, text=one.rendition.text)[one.rendition.network_id]
        assert 1 == there if one.state is DeliveryState.DELIVERED else there <= 1, one
        # X is read back for certain; only Facebook's weak list leaves it to a person, and never in silence.
        left_to_a_person = one.rendition.platform == "facebook" and one.waits_for_a_person
        assert one.state is DeliveryState.DELIVERED or left_to_a_person, one


def held(sandbox, *, text: str) -> Counter[str]:
    """How often each user of X and each Page has posted *text*."""
    users = Counter(post.user_id for post in sandbox.x.posts() if post.text == text)
    pages = [(page.id, post.message) for page in sandbox.graph.pages for post in sandbox.graph.posts(page)]
    return users + Counter(page for page, message in pages if message == text)
