from __future__ import annotations

import errno
import json
import re
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from civicsns.errors import BadInput
from civicsns.records import body, export
from civicsns.records.chain import FaultKind, verify
from civicsns.records.checkpoint import sign
from civicsns.records.destruction import destruction
from civicsns.records.export import write
from civicsns.records.keys import generate

AT = datetime(2026, 4, 1, tzinfo=UTC)
NAME = "青葉市 SNS"


def verified(path, **options) -> Any:
    """Verify an export; a test that asks for a fault that is not there fails by itself."""
    return export.verify_export(path, **options)


@pytest.fixture
def signed(key):
    """Sign the head of a chain."""

    def make(pairs, *, programme=NAME, by=key):
        return sign(verify(pairs).head, programme=programme, at=AT, key=by)

    return make


@pytest.fixture
def exported(pairs, signed, tmp_path):
    """An export of seven records with a checkpoint over five."""
    path = tmp_path / "records.jsonl"
    write(pairs, path, programme=NAME, checkpoints=[signed(pairs[:5])])
    return path


def test_an_export_verifies(exported, pairs, key):
    """
    What was exported verifies, and says how many records no checkpoint covers yet.
    """
    report = verified(exported, keys=[key.public])

    assert report.fault is None
    assert (NAME, verify(pairs).head, 2) == (report.programme, report.examined.head, report.unsigned)
    assert [5] == [one.head.size for one in report.inside]


def test_an_export_is_json_lines_that_people_can_read(exported, pairs):
    """
    Each line is JSON; the bodies stand in it as objects, in Japanese.
    """
    first, *lines, last = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]

    assert "civicsns.records.v1" == first["schema"]
    assert [1, 2, 3, 4, 5, 6, 7] == [line["seq"] for line in lines]
    assert "佐賀 花子 3" == lines[2]["body"]["facts"]["note"]
    assert pairs[2][0].hash.hex() == lines[2]["hash"]
    assert 7 == last["end"]["size"]


def test_equal_records_make_equal_files(exported, pairs, signed, tmp_path):
    """
    Exporting twice gives the same bytes, and only the owner can read them.
    """
    head = write(iter(pairs), tmp_path / "again.jsonl", programme=NAME, checkpoints=iter([signed(pairs[:5])]))

    assert exported.read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert verify(pairs).head == head
    assert 0o600 == (tmp_path / "again.jsonl").stat().st_mode & 0o777


def test_an_export_that_fails_leaves_the_old_file(exported, pairs):
    """
    If the records cannot be read to their end, the earlier export stays as it was and no half file lies beside it.
    """
    before, beside = exported.read_bytes(), sorted(exported.parent.iterdir())

    def breaking():
        yield pairs[0]
        raise OSError(errno.EIO, "the disk")

    with pytest.raises(OSError, match="the disk"):
        write(breaking(), exported, programme=NAME)

    assert before == exported.read_bytes()
    assert beside == sorted(exported.parent.iterdir())


def test_no_records_make_an_export_too(signed, key, tmp_path):
    """
    A programme that has recorded nothing exports and verifies.
    """
    write([], tmp_path / "empty.jsonl", programme=NAME, checkpoints=[signed([])])

    assert verified(tmp_path / "empty.jsonl", keys=[key.public]).sound


def test_every_changed_byte_shows_with_its_line(exported, signed, pairs, key):
    """
    Whichever byte of an export is changed, the verification says so, and names that line or the one after it.
    """
    raw = exported.read_bytes()
    note = {"elsewhere": signed(pairs)}
    passed, elsewhere = [], []
    for place in range(0, len(raw), 3):
        exported.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        report = verified(exported, keys=[key.public], checkpoints=note)
        line = raw[:place].count(b"\n") + 1
        if report.sound:
            passed.append(place)
        elif report.fault.place not in {str(line), str(line + 1), "elsewhere"}:
            elsewhere.append((place, report.fault.place))

    assert [] == passed
    assert [] == elsewhere


@pytest.mark.parametrize("line", range(1, 10))
def test_a_line_taken_out_or_doubled_shows(exported, key, line):
    """
    An export without one of its lines, or with one twice, is not in order.
    """
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join(lines[: line - 1] + lines[line:]))
    without = verified(exported, keys=[key.public])
    exported.write_bytes(b"".join(lines[:line] + lines[line - 1 :]))
    doubled = verified(exported, keys=[key.public])

    assert (False, False) == (without.sound, doubled.sound)
    assert str(line + 1) == doubled.fault.place


@pytest.mark.parametrize("size", [0, 1, 40, 600, 1500, -1, -40])
def test_a_file_that_was_cut_shows(exported, key, size):
    """
    A file that broke off on its way is told without any checkpoint, with the line where it ends.
    """
    raw = exported.read_bytes()[:size]
    exported.write_bytes(raw)
    report = verified(exported, keys=[key.public])

    assert not report.sound
    assert "ファイルがここで途切れています。" == report.fault.what.ja
    assert str(raw.count(b"\n") + 1) == report.fault.place


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":3}', b'"seq":3,"seq":3}'),
        (b'"seq":3}', b'"seq": 3}'),
        (b'"seq":3}', b'"seq":03}'),
        (b'"seq":3}', b'"seq":3.0}'),
        (b'"seq":3}', b'"seq":"3"}'),
        (b'"seq":3}', b'"seq":3,"text":""}'),
        (b'"seq":3}\n', b'"seq":3}\r\n'),
        (b'{"at":"2026-04-01T03:03:00.000000Z","body"', b'{"at":"2026-04-01T03:03:99.000000Z","body"'),
        (b'{"at":"2026-04-01T03:03:00.000000Z","body"', b'{"at":"2026-04-01T03:03:00.000000Z","body":{},"body"'),
    ],
)
def test_a_line_has_one_form(exported, key, old, new):
    """
    The same entry written in another way, or with more in it than we read, is refused, with its line.
    """
    raw = exported.read_bytes()
    assert 1 == raw.count(old)
    exported.write_bytes(raw.replace(old, new))

    assert ("4", None) == (
        verified(exported, keys=[key.public]).fault.place,
        verified(exported, keys=[key.public]).fault.chain,
    )


@pytest.mark.parametrize("part", [rb'"body":{.*},(?="commitment")', rb'"salt":"\w+",'])
def test_a_body_goes_with_its_salt(exported, key, part):
    """
    A salt left behind without its body, or a body without its salt, is no form of a line.
    """
    lines = exported.read_bytes().splitlines(keepends=True)
    lines[3], count = re.subn(part, b"", lines[3])
    exported.write_bytes(b"".join(lines))
    fault = verified(exported, keys=[key.public]).fault

    assert (1, "4", None) == (count, fault.place, fault.chain)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000 + b"\n",
        b"9" * 10_000 + b"\n",
        b"\xff\n",
        b"null\n",
        b'{"programme":1,"checkpoints":[],"schema":"civicsns.records.v1"}\n',
        b'{"checkpoints":[],"programme":"x","schema":"civicsns.records.v2"}\n',
        b'{"checkpoints":[1],"programme":"x","schema":"civicsns.records.v1"}\n',
        b'{"checkpoints":["x"],"programme":"x","schema":"civicsns.records.v1"}\n',
        b'{"checkpoints":"","programme":"x","schema":"civicsns.records.v1"}\n',
        b"x" * (1 << 21) + b"\n",
    ],
    ids=range(10),
)
def test_a_hostile_file_is_a_fault_and_no_crash(key, tmp_path, line):
    """
    Whatever stands in the first line or after it: a fault with its line, and neither a crash nor endless memory.
    """
    path = tmp_path / "hostile.jsonl"
    path.write_bytes(line)
    first = verified(path, keys=[key.public])
    path.write_bytes(b'{"checkpoints":[],"programme":"x","schema":"civicsns.records.v1"}\n' + line)
    second = verified(path, keys=[key.public])

    assert ("1", "2") == (first.fault.place, second.fault.place)


def test_no_export_is_written_that_could_not_be_read(pairs, signed, tmp_path):
    """
    More checkpoints than fit into a line are refused before the old export is replaced.
    """
    with pytest.raises(BadInput, match="too long"):
        write(pairs, tmp_path / "much.jsonl", programme=NAME, checkpoints=[signed(pairs)] * 5000)

    assert not (tmp_path / "much.jsonl").exists()


def test_a_line_without_end_is_not_read(chained, record, key, tmp_path, monkeypatch):
    """
    A line longer than a record can be is refused where it stands, even if all that is in it agrees.
    """
    path = tmp_path / "long.jsonl"
    with monkeypatch.context() as wider:
        wider.setattr(export, "_LONGEST", 1 << 22)
        wider.setattr(body, "LONGEST", 1 << 22)
        write(chained([record(1), record(2, facts={"note": "x" * (1 << 20)})]), path, programme=NAME)
        assert verified(path, keys=[key.public]).sound
    fault = verified(path, keys=[key.public]).fault

    assert ("3", "This line is too long.") == (fault.place, fault.what.en)


def test_a_cut_chain_in_a_whole_file_shows_against_a_checkpoint(pairs, signed, key, tmp_path):
    """
    Records left out at the end and the file closed properly: only a checkpoint kept elsewhere tells.
    """
    path = tmp_path / "cut.jsonl"
    write(pairs[:4], path, programme=NAME)
    kept = verified(path, keys=[key.public], checkpoints={"april.txt": signed(pairs)})

    assert verified(path, keys=[key.public]).sound
    assert FaultKind.TRUNCATED is kept.fault.chain.kind


def test_a_chain_written_anew_shows_against_a_checkpoint(pairs, chained, record, signed, key, tmp_path):
    """
    All records chained anew with one changed, and exported: only a checkpoint kept elsewhere tells.
    """
    path = tmp_path / "anew.jsonl"
    write(chained(record(n, by="1002" if n == 3 else "1001") for n in range(1, 8)), path, programme=NAME)
    kept = verified(path, keys=[key.public], checkpoints={"april.txt": signed(pairs)})

    assert verified(path, keys=[key.public]).sound
    assert FaultKind.REWRITTEN is kept.fault.chain.kind


def test_checkpoints_of_older_days_agree(exported, pairs, signed, key):
    """
    Every checkpoint kept since the beginning agrees with a later export.
    """
    kept = {f"{n}.txt": signed(pairs[:n]) for n in range(8)}
    report = verified(exported, keys=[key.public], checkpoints=kept)

    assert (None, 8, 0) == (report.fault, len(report.outside), report.unsigned)


def test_a_checkpoint_of_another_programme_is_refused(exported, pairs, signed, key):
    """
    A checkpoint that the same key signed for another programme does not vouch for this one, kept outside or inside.
    """
    other = signed(pairs, programme="若葉市 SNS")
    outside = verified(exported, keys=[key.public], checkpoints={"other.txt": other})
    write(pairs, exported, programme=NAME, checkpoints=[other])
    inside = verified(exported, keys=[key.public])

    assert "other.txt" == outside.fault.place
    assert "若葉市 SNS" in outside.fault.what.ja
    assert "1" == inside.fault.place


def test_a_checkpoint_of_another_key_is_refused(exported, pairs, signed, key, tmp_path):
    """
    A checkpoint signed with a key that nobody named is refused, kept outside or inside.
    """
    stranger = generate(tmp_path / "stranger.pem")
    forged = signed(pairs, by=stranger)
    outside = verified(exported, keys=[key.public], checkpoints={"forged.txt": forged})

    assert "forged.txt" == outside.fault.place
    assert "1" == verified(exported, keys=[stranger.public]).fault.place
    assert verified(exported, keys=[key.public, stranger.public], checkpoints={"a": signed(pairs)}).sound


def test_destroyed_bodies_are_not_exported(pairs, chained, record, signed, key, tmp_path):
    """
    After a destruction nothing of the bodies is in the export, and it agrees with the checkpoint from before it.
    """
    gone = destruction(range(1, 7), at=record(8).at, by="1005", rule="青葉市文書管理規程 第30条")
    chain = [*pairs, *chained([gone], after=pairs[-1][0])]
    path = tmp_path / "after.jsonl"
    write(((entry, sealed if entry.seq > 6 else None) for entry, sealed in chain), path, programme=NAME)
    report = verified(path, keys=[key.public], checkpoints={"april.txt": signed(pairs)})
    text = path.read_text(encoding="utf-8")

    assert (None, 6) == (report.fault, report.examined.destroyed)
    assert ("佐賀 花子 7" in text, "佐賀 花子 6" in text) == (True, False)


def test_an_export_names_the_line_of_a_broken_record(pairs, key, tmp_path):
    """
    A body that was changed in the database before the export is named with its line and its record.
    """
    entry, sealed = pairs[3]
    body = sealed.body.replace(b"1001", b"1002")
    path = tmp_path / "changed.jsonl"
    write([*pairs[:3], (entry, attrs.evolve(sealed, body=body)), *pairs[4:]], path, programme=NAME)
    fault = verified(path, keys=[key.public]).fault

    assert ("5", FaultKind.BODY, 4) == (fault.place, fault.chain.kind, fault.chain.seq)
