"""Packs that come with civicsns are proven once; whoever changes them has them proven again."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from civicsns.policy import packfile, reading
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
