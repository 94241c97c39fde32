"""Packs of other packages, found by entry points."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from civicsns import plugins
from civicsns.errors import ConfigurationError
from civicsns.language import Language
from civicsns.model import Draft, Finding
from civicsns.model.context import UNKNOWN
from civicsns.policy import articles
from civicsns.policy.engine import Policy
from civicsns.policy.fault import Mistake, PackError

TODAY = date(2026, 11, 22)
PACK = """\
[pack]
id = "harbour"
version = "1.0"
title = { ja = "港町の規範", en = "Rules of a harbour town" }
[family]
HAR = { ja = "港", en = "Harbour" }
[list]
ships = ["黒船"]
[[rule]]
code = "HAR001"
title = { ja = "船の名前", en = "Names of ships" }
severity = "review"
legal = []
message = { ja = "船の名前です。", en = "This is the name of a ship." }
mend = { ja = "消してください。", en = "Take it away." }
must_flag = ["黒船が来た"]
must_pass = ["船が来た"]
detect = { kind = "terms", list = "ships" }
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install packages with packs, as pip would."""

    def install(**packs):
        for name, text in packs.items():
            folder = tmp_path / f"{name}_rules"
            folder.mkdir()
            (folder / "__init__.py").write_text("", encoding="utf-8")
            (folder / "pack.toml").write_text(text, encoding="utf-8")
            about = tmp_path / f"{name}_rules-1.0.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-rules\nVersion: 1.0\n")
            (about / "entry_points.txt").write_text(f"[civicsns.packs]\n{name} = {name}_rules\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    for name in [name for name in sys.modules if name.endswith("_rules")]:
        del sys.modules[name]


def test_a_pack_of_another_package_is_found(installed, tmp_path):
    """
    A package that declares the entry point brings its rules, and a city's overlay extends them by that name.
    """
    installed(harbour=PACK)
    overlay = tmp_path / "policy.toml"
    overlay.write_text('schema = 1\nextends = ["harbour"]\n[lists.ships]\nadd = ["白船"]\n', encoding="utf-8")

    conduct = plugins.conduct([], overlay, today=TODAY, place="civicsns.toml")
    draft = Draft(author="1", text="白船が来た", accounts=["x:a"])
    found = [one for one in Policy(conduct.pack).check(draft, UNKNOWN) if isinstance(one, Finding)]

    assert [one.rule for one in found] == ["HAR001"]
    assert conduct.notices == ()


def test_a_pack_of_another_package_is_proven(installed):
    """
    A pack whose examples fail is refused wherever it comes from.
    """
    installed(harbour=PACK.replace("船が来た", "黒船が来た"))

    with pytest.raises(PackError) as caught:
        plugins.pack("harbour", place="civicsns.toml")

    assert [fault.mistake for fault in caught.value.faults] == [Mistake.PASS_FLAGGED]


def test_two_packs_with_one_code_are_refused(installed):
    """
    A code means one rule: which pack has it too is said.
    """
    installed(harbour=PACK, port=PACK.replace("harbour", "port"))

    with pytest.raises(PackError) as caught:
        plugins.conduct(["harbour", "port"], None, today=TODAY, place="civicsns.toml")

    assert [(fault.mistake, fault.file) for fault in caught.value.faults] == [(Mistake.CODE_TWICE, "port")]


def test_two_packs_hold_side_by_side(installed):
    """
    Packs with rules of their own hold together.
    """
    installed(harbour=PACK, port=PACK.replace("harbour", "port").replace("HAR", "PORT").replace("黒船", "赤船"))

    conduct = plugins.conduct(["harbour", "port"], None, today=TODAY, place="civicsns.toml")

    assert [rule.code for rule in conduct.pack.rules] == ["HAR001", "PORT001"]
    assert conduct.pack.lists["ships"] == ("黒船", "赤船")


@pytest.mark.parametrize("order", [["harbour", "base"], ["base", "harbour"]])
def test_each_pack_rests_on_its_own_laws(installed, order):
    """
    Two packs may name their local rules alike; neither is shown with those of the other.
    """
    law = '[law.local]\ntitle = { ja = "港則", en = "Port rules" }\nshort = { ja = "港則", en = "Port rules" }\n'
    cited = '[[citation]]\nkey = "local:security"\nsays = { ja = "秘密", en = "Secret" }\nseen = "local"\n'
    installed(harbour=PACK.replace("legal = []", 'legal = ["local:security"]') + law + cited)

    pack = plugins.conduct(order, None, today=TODAY, place="civicsns.toml").pack
    rests = {rule.code: articles.listed(rule.legal, pack, Language.EN) for rule in pack.rules}

    assert ("Port rules (security)", "Own rules (security)") == (rests["HAR001"], rests["KEY001"])
    assert "Secret" == pack.citations["harbour.local:security"].says.en
    assert set(pack.citations) >= {key for rule in pack.rules for key in rule.legal}


def test_no_pack_at_all_is_refused():
    """
    Rules that are empty let nothing pass, and are not made.
    """
    with pytest.raises(ConfigurationError):
        plugins.conduct([], None, today=TODAY, place="civicsns.toml")


def test_a_pack_that_is_not_there_is_named(installed):
    """
    Who mistypes a name is told the nearest.
    """
    installed(harbour=PACK)

    with pytest.raises(ConfigurationError, match="harbour"):
        plugins.pack("harbor", place="civicsns.toml")


def test_a_pack_whose_package_is_broken_says_so(installed, tmp_path):
    """
    An entry point without its package is said to be just that.
    """
    installed(harbour=PACK)
    (tmp_path / "harbour_rules" / "__init__.py").write_text("import no_such_module\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="no_such_module"):
        plugins.pack("harbour", place="civicsns.toml")
