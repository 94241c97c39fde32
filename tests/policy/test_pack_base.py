"""The pack for any country."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from civicsns.policy import packfile

FOLDER = files("civicsns.policy") / "packs" / "base"


def test_it_is_proven():
    """
    Nothing is wrong with it: forms, references, patterns and each example.
    """
    pack = packfile.read(FOLDER)

    assert pack.id == "base"
    assert packfile.builtin("base") == pack


def test_its_codes_are_its_own():
    """
    A city can use it beside the Japanese pack: no code, no family of the one is the other's.
    """
    base, japan = packfile.builtin("base"), packfile.builtin("jp-municipal")

    assert not set(base.families) & set(japan.families)
    assert len(packfile.merged([base, japan]).rules) == len(base.rules) + len(japan.rules)


def test_no_law_of_one_country_is_in_it():
    """
    It cites standards and the city's own rules; a statute binds in one country only.
    """
    assert not any(law.egov for law in packfile.builtin("base").laws.values())


def test_packs_are_entry_points():
    """
    The built-in packs come through the same door as anybody's.
    """
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["entry-points"]["civicsns.packs"]

    assert set(named) == {"base", "jp-municipal"}
    for name, module in named.items():
        assert packfile.builtin(files(module).name).id == name
