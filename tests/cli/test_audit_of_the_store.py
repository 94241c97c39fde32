"""`civicsns audit` on the store, and `civicsns tidy`, as an official runs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.model import DeliveryState, Media, Record
from civicsns.records.keys import generate
from civicsns.store.sql import SqlStore, tables
from civicsns.testing.store_contract import delivery, step

LONG_AGO = datetime(2015, 4, 2, tzinfo=UTC)
DRAFT = "d" * 64
PHOTO = Media(content=b"photo", media_type="image/jpeg")


def record(number, event="delivery.delivered", subject="a", at=LONG_AGO):
    return Record(at=at, subject=subject, event=event, by="1042", facts={"text": f"朝市 [{number}]"})


@pytest.fixture
def city(tmp_path):
    """Give the settings of a city with six records, of long ago."""
    (tmp_path / "people.csv").write_text("number,name\n1042,佐賀 花子\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform,section\n", encoding="utf-8")
    generate(tmp_path / "key.pem")
    path = tmp_path / "civicsns.toml"
    path.write_text(
        '[programme]\nname = "青葉市 SNS"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
        '[policy]\npacks = ["jp-municipal"]\n[networks]\n'
        '[records]\nkey = "key.pem"\nfile_days = 90\n[records.retention]\ndelivery = 3\n',
        encoding="utf-8",
    )
    with SqlStore(tmp_path / "civicsns.db") as store:
        made = attrs.evolve(delivery("a", media=[PHOTO]), draft=DRAFT)
        store.add([made], [record(1, "draft.made", DRAFT), record(2, "delivery.planned")])
        store.replace(made, step(made, state=DeliveryState.DELIVERED, not_before=None), record(3))
        store.add([], [record(number, subject="b") for number in (4, 5)])
        store.add([], [record(6, "hold.placed", "b", datetime.now(UTC) - timedelta(days=1))])
    return path


@pytest.fixture
def run(city):
    def call(*arguments):
        command, *rest = map(str, arguments)
        return CliRunner().invoke(cli, [*command.split(), *rest, "--settings", str(city)])

    return call


def test_the_dossier_of_a_draft(run):
    """
    The dossier names each event in both languages, who did it, and what was said; as JSON it has the hashes.
    """
    shown = run("audit show", DRAFT)
    read = json.loads(run("audit show", DRAFT, "--json").output)

    assert 0 == shown.exit_code, shown.output
    for words in ("起案", "drafted", "投稿済み", "1042", "朝市 [1]"):
        assert words in shown.output
    assert (["a"], [1, 2, 3]) == (read["deliveries"], [one["seq"] for one in read["records"]])
    assert "朝市 [3]" == read["records"][2]["facts"]["text"]
    assert 64 == len(read["records"][2]["hash"])


def test_from_a_checkpoint_to_an_export_and_back(run, city):
    """
    A checkpoint is signed and kept; store and export agree with it, and a second export goes on from the first.
    """
    place = city.parent
    note, first, second = (place / name for name in ("note.txt", "first.jsonl", "second.jsonl"))
    kept = ("--key", place / "key.pem.pub", "--checkpoint", note)
    done = [
        run("audit checkpoint", "--out", note),
        run("audit export", first, "--after", "0"),
        run("audit verify", "--store", *kept),
        run("audit export", second, "--after", "4"),
        run("audit verify", first, *kept),
        run("audit verify", second, *kept),
    ]

    assert [0] * 6 == [one.exit_code for one in done], [one.output for one in done]
    assert "--after 6" in done[1].output
    for said in (done[2], done[4], done[5]):
        assert "異常ありません。「青葉市 SNS」の証跡 6 件" in said.output
        assert "kept elsewhere (checkpoints: 1), the latest over 6" in said.output
    assert "This export begins with record 5" in done[5].output
    assert note.read_text(encoding="utf-8").splitlines()[:4] == run("audit checkpoint").output.splitlines()[:4]
    assert run("audit checkpoint", "--out", note).exit_code
    assert run("audit export", place / "nowhere" / "x").exit_code


def test_exports_in_their_order(run, city):
    """
    Several exports verify together where each goes on from the one before, and not in another order.
    """
    place = city.parent
    first, second, note = (place / name for name in ("first.jsonl", "second.jsonl", "note.txt"))
    run("audit export", first)
    with SqlStore(place / "civicsns.db") as store:
        store.add([], [record(7)])
    run("audit checkpoint", "--out", note)
    run("audit export", second, "--after", "6")
    kept = ("--key", place / "key.pem.pub", "--checkpoint", note)

    assert 0 == run("audit verify", first, second, *kept).exit_code
    assert (
        "does not go on from the one before" in run("audit verify", first, first, "--key", place / "key.pem.pub").output
    )
    assert 1 == run("audit verify", first, first, "--key", place / "key.pem.pub").exit_code
    assert 1 == run("audit verify", second, first, *kept).exit_code


def test_a_changed_store_is_not_in_order(run, city):
    """
    What somebody changed in the database makes the exit status 1, says which record, and nothing is signed.
    """
    with SqlStore(city.parent / "civicsns.db") as store, store._engine.begin() as connection:
        connection.execute(sa.update(tables.bodies).where(tables.bodies.c.seq == 4).values(salt=bytes(32)))
    found = run("audit verify", "--store")

    assert 1 == found.exit_code
    assert "異常があります。記録 4 の本文" in found.output
    assert "Not in order. The body or the salt of record 4" in found.output
    assert "nothing was signed" in str(run("audit checkpoint").exception)


def test_a_broken_store_is_not_in_order(run, city):
    """
    A row that cannot be read at all makes the exit status 1 as well.
    """
    with SqlStore(city.parent / "civicsns.db") as store, store._engine.begin() as connection:
        connection.execute(sa.update(tables.chain).where(tables.chain.c.seq == 4).values(at="yesterday"))
    found = run("audit verify", "--store")

    assert (1, True) == (found.exit_code, "record 4 in the store is not what was written" in found.output)


@pytest.mark.parametrize("arguments", [[], ["--store", "--checkpoint", "{note}"], ["{note}", "--store"], ["{note}"]])
def test_what_is_to_be_verified(run, city, arguments):
    """
    Either exports or the store, and a key for whatever was signed; else the exit status is 2.
    """
    note = city.parent / "note.txt"
    note.write_text("x", encoding="utf-8")

    assert 2 == run("audit verify", *(argument.format(note=note) for argument in arguments)).exit_code


def test_destruction_is_shown_first(run, city):
    """
    Nothing is destroyed until the person names the number that was shown; then it is, and the chain stays whole.
    """
    shown = run("audit destroy")
    listed = json.loads(run("audit destroy", "--json").output)
    by = ("--by", "1042", "--rule", "青葉市文書管理規程 第30条")

    assert "delivery.delivered（投稿済み / published）: 3" in shown.output
    assert "Nothing was destroyed yet" in shown.output
    assert {"count": 4, "kinds": {"delivery.delivered": 3, "delivery.planned": 1}, "records": [2, 3, 4, 5]} == listed
    assert 2 == run("audit destroy", "--confirm", "4").exit_code
    assert "not 5" in str(run("audit destroy", *by, "--confirm", "5").exception)
    assert run("audit destroy", "--by", "9", "--rule", "r", "--confirm", "4").exit_code
    assert "4 bodies are destroyed" in run("audit destroy", *by, "--confirm", "4").output
    assert "4 of them destroyed as recorded" in run("audit verify", "--store").output
    assert "[1]" in run("audit show", DRAFT).output
    assert "[2]" not in run("audit show", DRAFT).output


def test_a_single_record_that_must_go(run):
    """
    A record that must go by law can be destroyed before its time, by its number.
    """
    done = run(
        "audit destroy", "--record", "6", "--by", "1042", "--rule", "個人情報の保護に関する法律", "--confirm", "1"
    )

    assert 0 == done.exit_code, done.output
    assert 6 not in [one["seq"] for one in json.loads(run("audit show", "b", "--json").output)["records"]]


def test_what_is_destroyed_is_not_in_the_file(run, city):
    """
    After a destruction neither the database's file nor its log has the words any more.
    """
    files = [city.parent / name for name in ("civicsns.db", "civicsns.db-wal")]

    def words():
        return sum("朝市 [4]".encode() in file.read_bytes() for file in files if file.exists())

    assert words()
    run("audit destroy", "--by", "1042", "--rule", "第30条", "--confirm", "4")
    assert not words()


def test_tidying(run, city):
    """
    Pictures whose deliveries ended longer ago than the settings say are removed.
    """
    assert "1 件の画像・動画を消しました" in run("tidy").output
    assert "0 pictures and films were removed" in run("tidy").output
    with SqlStore(city.parent / "civicsns.db") as store:
        assert b"" == store.get("a").rendition.media[0].content
