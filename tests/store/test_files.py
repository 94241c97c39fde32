"""Files whose deliveries ended long ago are let go of, and no other, whoever attaches them meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest
import sqlalchemy as sa

from civicsns.errors import StoreError
from civicsns.model import DeliveryState, Media
from civicsns.model.delivery import ENDED
from civicsns.store.sql import SqlStore, rows, tables
from civicsns.testing.store_contract import NOW, delivery, record, step

PHOTO = Media(content=b"photo" * 500, media_type="image/jpeg", alt_text="朝市")
FILM = Media(content=b"film" * 500, media_type="video/mp4")
LATER = NOW + timedelta(days=91)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request, tmp_path):
    return tmp_path / "civicsns.db" if request.param == "sqlite" else request.getfixturevalue("postgres").create()


@pytest.fixture
def store(address):
    with SqlStore(address) as store:
        yield store


def end(store, name, state=DeliveryState.DELIVERED, *, at=NOW):
    current = store.get(name)
    store.replace(current, step(current, state=state, not_before=None), attrs.evolve(record(name, "ended"), at=at))


def kept(store):
    with store._engine.connect() as connection:
        return set(connection.scalars(sa.select(tables.media.c.digest)))


def test_files_nobody_needs_are_let_go(store):
    """
    A file is let go once all of its deliveries have ended long enough ago; what became of them stays known.
    """
    store.add([delivery("a", media=[PHOTO]), delivery("b", media=[PHOTO, FILM])], [])
    end(store, "a")

    assert 0 == store.collect(LATER)
    end(store, "b", DeliveryState.FAILED, at=NOW + timedelta(days=1))
    assert 0 == store.collect(NOW + timedelta(days=1))
    assert 2 == store.collect(LATER)
    assert set() == kept(store)
    assert 0 == store.collect(LATER)
    back = store.get("b").rendition
    assert [(PHOTO.digest, "朝市", b""), (FILM.digest, None, b"")] == [
        (item.digest, item.alt_text, item.content) for item in back.media
    ]
    assert delivery("b", media=[PHOTO, FILM]).rendition.digest == back.digest


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - ENDED))
def test_a_file_still_needed_stays(store, state):
    """
    Whatever may still go out keeps its files: what waits for its time, for an answer, or for a person.
    """
    store.add([delivery("a", media=[PHOTO])], [])
    current = store.get("a")
    store.replace(current, step(current, state=state, not_before=None), record("a"))

    assert 0 == store.collect(LATER)
    assert {PHOTO.digest} == kept(store)


def test_a_file_comes_again(store):
    """
    A file that was let go is kept anew when it is attached again, and its earlier deliveries can still be read.
    """
    store.add([delivery("a", media=[PHOTO])], [])
    end(store, "a")
    store.collect(LATER)
    store.add([delivery("b", media=[PHOTO])], [])

    assert PHOTO.content == store.get("b").rendition.media[0].content
    assert PHOTO.digest == store.get("a").rendition.media[0].digest


def test_a_file_that_vanished_is_never_sent_without(address):
    """
    A file that somebody took away from under a delivery that waits is damage, not tidiness.
    """
    with SqlStore(address) as store:
        store.add([delivery("a", media=[PHOTO])], [])
        with store._engine.begin() as connection:
            connection.execute(sa.delete(tables.attachments))
            connection.execute(sa.delete(tables.media))
    with SqlStore(address) as store, pytest.raises(StoreError, match="not what was written"):
        store.get("a")


def test_attaching_and_letting_go_at_once(store):
    """
    While files are let go again and again, others attach the same ones: each delivery that waits has its files whole.
    """
    ended = threading.Event()

    def tidy():
        count = 0
        while not ended.is_set():
            count += store.collect(LATER)
        return count

    def post(who):
        for number in range(15):
            name = f"{who}-{number}"
            own = Media(content=name.encode(), media_type="image/png")
            store.add([delivery(name, media=[PHOTO, FILM, own] if number % 2 else [own, FILM, PHOTO])], [])
            if number < 14:
                end(store, name)

    with ThreadPoolExecutor(4) as pool:
        tidying = pool.submit(tidy)
        for posting in [pool.submit(post, who) for who in range(3)]:
            posting.result()
        ended.set()
        count = tidying.result() + store.collect(LATER)
    store._files._held.clear()

    assert count
    for who in range(3):
        name = f"{who}-14"
        assert {PHOTO.content, FILM.content, name.encode()} == {
            item.content for item in store.get(name).rendition.media
        }


def test_a_file_that_is_being_attached_is_passed_over(postgres):
    """
    Letting go waits for nobody: a file that somebody is just attaching is left alone, and stays.
    """
    url = postgres.create()
    with SqlStore(url) as store, SqlStore(url) as other:
        store.add([delivery("a", media=[PHOTO])], [])
        end(store, "a")
        with other._engine.begin() as connection:
            connection.execute(sa.insert(tables.deliveries).values(**rows.row(delivery("b"), at=None)))
            other._files.attach(connection, [delivery("b", media=[PHOTO])])

            assert 0 == store.collect(LATER)
        assert 0 == store.collect(LATER)
        assert {PHOTO.digest} == kept(store)


def test_a_file_that_is_being_let_go_is_kept_anew(postgres):
    """
    Who attaches a file while it is let go waits for that, and then keeps it anew.
    """
    url = postgres.create()
    with SqlStore(url) as store, SqlStore(url) as other, ThreadPoolExecutor(1) as pool:
        store.add([delivery("a", media=[PHOTO])], [])
        end(store, "a")
        with other._engine.begin() as connection:
            connection.execute(sa.select(tables.media.c.digest).with_for_update())
            adding = pool.submit(store.add, [delivery("b", media=[PHOTO])], [])
            while not postgres.run("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not adding.done()
            connection.execute(sa.delete(tables.attachments))
            connection.execute(sa.delete(tables.media))
        adding.result()
        store._files._held.clear()

        assert PHOTO.content == store.get("b").rendition.media[0].content
