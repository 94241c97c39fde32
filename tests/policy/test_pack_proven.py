"""Packs that come with civicsns are proven once; whoever changes them has them proven again."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from civicsns.policy import packaged, packfile, reading
from civicsns.policy.fault import Mistake, PackError

BASE = Path(str(files("civicsns.policy") / "packs" / "base"))


@pytest.mark.parametrize("name", ["base", "jp_municipal"])
def test_examples_hold_with_the_engine_as_it_is(name):
    """
    The digest is of the files alone: what must be flagged is flagged, and what must pass passes, by the code of today.
    """
    place = BASE.parent / name

    assert packfile.read(place).rules == packfile.builtin(name.replace("_", "-")).rules


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Have an installed civicsns whose base pack can be changed."""
    shutil.copytree(BASE, tmp_path / "packs" / "base")
    kept = {"base": reading.tables(BASE).digest}
    (tmp_path / "packs" / "proven.json").write_text(json.dumps(kept), encoding="utf-8")
    shutil.copy(BASE.parent / "base.tables", tmp_path / "packs")
    monkeypatch.setattr(packfile, "files", lambda _package: tmp_path)
    return tmp_path / "packs" / "base" / "rules.toml"


def test_what_was_proven_is_not_proven_again(copied, monkeypatch):
    """
    The files of the digest are read, and nothing more.
    """
    monkeypatch.setattr(packfile, "read", pytest.fail)

    assert packfile.builtin("base").id == "base"


def test_line_ends_make_no_difference(copied, monkeypatch):
    """
    Files whose lines end as on Windows are the same files.
    """
    text = copied.read_text(encoding="utf-8")
    copied.write_bytes(text.replace("\n", "\r\n").encode())
    monkeypatch.setattr(packfile, "read", pytest.fail)

    assert packfile.builtin("base").id == "base"


def test_what_was_changed_is_proven_again(copied):
    """
    A pack that somebody changed in place is refused if its examples fail.
    """
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace('"拡散希望", ', ""), encoding="utf-8")

    with pytest.raises(PackError) as caught:
        packfile.builtin("base")

    assert {fault.mistake for fault in caught.value.faults} == {Mistake.FLAG_MISSED}


def test_what_was_changed_and_is_right_is_read(copied):
    """
    A change that breaks nothing is no fault.
    """
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace('"拡散希望", ', '"拡散希望", "拡散熱望", '), encoding="utf-8")

    assert "拡散熱望" in repr(packfile.builtin("base"))


@pytest.mark.parametrize("name", ["base", "jp_municipal"])
def test_what_is_packaged_is_what_the_files_say(name):
    """
    All tables of all files, with their dates, as reading the TOML gives them, and in the same order.
    """
    read = reading.tables(BASE.parent / name)

    kept = packaged.packaged(BASE.parent / name, BASE.parent / f"{name}.tables", proven=read.digest)

    assert kept is not None
    assert repr(kept.parts) == repr(read.parts)


def test_packaged_files_are_not_read_as_toml(copied, monkeypatch):
    """
    Where nothing was changed, what is packaged is all that is read.
    """
    monkeypatch.setattr(packfile, "tables", pytest.fail)

    assert packfile.builtin("base").id == "base"


@pytest.mark.parametrize("stale", ["proven", "packaged", "missing"])
def test_what_is_packaged_of_other_files_is_not_taken(copied, stale):
    """
    Files that differ from those that were packaged are read themselves, even if somebody has proven them.
    """
    kept = copied.parent.parent / "base.tables"
    if stale == "missing":
        kept.unlink()
    elif stale == "packaged":
        kept.write_text("0" * 64 + kept.read_text(encoding="utf-8")[64:], encoding="utf-8")
    else:
        text = copied.read_text(encoding="utf-8")
        copied.write_text(text.replace('"拡散希望", ', '"拡散希望", "拡散熱望", '), encoding="utf-8")
        proven = {"base": reading.tables(copied.parent).digest}
        (copied.parent.parent / "proven.json").write_text(json.dumps(proven), encoding="utf-8")

    assert ("拡散熱望" in repr(packfile.builtin("base"))) is (stale == "proven")


def test_a_pack_that_nobody_has_proven_is_proven(copied, monkeypatch):
    """
    Without a digest that was noted, even a pack that comes with civicsns is read like anybody's.
    """
    (copied.parent.parent / "proven.json").write_text("{}", encoding="utf-8")
    asked: list[Path] = []
    monkeypatch.setattr(packfile, "read", asked.append)
    packfile.builtin("base")

    assert [place.name for place in asked] == ["base"]


def test_moments_are_packaged(tmp_path):
    """
    Days and times, which JSON does not know, come back as what they were, wherever they stand.
    """
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a.toml").write_text(
        "[[rule]]\nbegins = 2026-11-23\n[[rule.must_flag]]\ncontext = { local_time = 2026-11-05T19:00:00+09:00 }\n",
        encoding="utf-8",
    )
    read = reading.tables(tmp_path / "pack")
    (tmp_path / "kept").write_text(packaged.written(read), encoding="utf-8")

    kept = packaged.packaged(tmp_path / "pack", tmp_path / "kept", proven=read.digest)

    assert kept is not None
    assert kept.parts == read.parts
