"""`civicsns policy test`: examples of packs, and a city's own texts."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from civicsns.cli import cli

PACK = """\
schema = 1
[pack]
id = "my-city"
version = "1.0.0"
title = { ja = "市の規範", en = "The city's rules" }
[family]
CTY = { ja = "市", en = "The city" }
[law.local]
title = { ja = "規程", en = "Rules" }
short = { ja = "規程", en = "Rules" }
[[citation]]
key = "local:sns"
says = { ja = "略称を使わない", en = "No short names" }
seen = "local"
[[rule]]
code = "CTY001"
title = { ja = "旧称", en = "The old name" }
severity = "SEVERITY"
legal = ["local:sns"]
message = { ja = "市の旧称です。", en = "This is the old name." }
mend = { ja = "今の名前を書いてください。", en = "Write the present name." }
must_flag = ["旧若葉町のまつりです。"]
must_pass = ["若葉市のまつりです。"]
[rule.detect]
kind = "terms"
terms = ["旧若葉町"]
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack.toml").write_text(PACK.replace("SEVERITY", "block"), encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["policy", "test", *arguments])


def test_a_pack_in_a_file_is_proven(place):
    """
    A pack whose examples hold passes; one whose example fails is refused with file, line and what to do.
    """
    good = run("pack.toml")
    (place / "bad.toml").write_text(
        PACK.replace("SEVERITY", "advise").replace('["若葉市の', '["旧若葉町の'), encoding="utf-8"
    )
    bad = run("bad.toml")

    assert (0, 1) == (good.exit_code, bad.exit_code), good.output
    assert "1 rules, 2 examples (0 known to be missed), 0 failed" in good.output
    assert "bad.toml:23: rule[CTY001].must_pass" in bad.output


def test_a_pack_by_its_name(place):
    """
    A pack that is installed is tested by its name.
    """
    done = run("base")

    assert 0 == done.exit_code, done.output
    assert "base 0." in done.output


@pytest.mark.parametrize(("target", "said"), [("nowhere.toml", "There is no such file"), ("bsae", "no plugin 'bsae'")])
def test_what_is_not_there_is_not_tested(place, target, said):
    """
    A file or a pack that is not there is named as such, and is no failed test.
    """
    done = run(target)

    assert 2 == done.exit_code
    assert said in done.stderr


def test_an_overlay_is_tested_with_what_it_extends(place):
    """
    An overlay is tested on top of its packs; an entry that does nothing is told, and fails nothing.
    """
    (place / "policy.toml").write_text(
        'schema = 1\nextends = ["base"]\n[lists.official_phones]\nadd = ["0954-23-9000"]\n', encoding="utf-8"
    )
    done = run("policy.toml")

    assert 0 == done.exit_code, done.output
    assert "base 0." in done.output
    assert "lists.official_phones" in done.output


def test_a_corpus_is_counted(place):
    """
    False alarms are counted for each rule, shown with what stands around them, and held against what is allowed.
    """
    (place / "texts.txt").write_text("旧若葉町の祭り\n" + "よい天気です\n" * 9, encoding="utf-8")
    many = run("pack.toml", "--corpus", "texts.txt", "--window", "0")
    allowed = run("pack.toml", "--corpus", "texts.txt", "--window", "0", "--most-block", "10")

    assert (1, 0) == (many.exit_code, allowed.exit_code)
    assert "10.00%" in many.output
    assert "【旧若葉町】の祭り" in many.output
    assert "✗" in many.output


def test_a_labelled_corpus_tells_what_is_missed(place):
    """
    With labels it is told what was found and what was missed.
    """
    lines = [{"text": "旧若葉町", "rules": ["CTY001"]}, {"text": "旧 町", "rules": ["CTY001"]}]
    (place / "texts.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = run("pack.toml", "--corpus", "texts.jsonl")

    assert 0 == done.exit_code, done.output
    assert "1/2 = 50.0%" in done.output
    assert "CTY001: 1/2" in done.output


@pytest.mark.parametrize(
    ("name", "content"), [("bad.jsonl", b'{"text": "x"}\n{\n'), ("bad.txt", b"\xff\xfe"), ("none.txt", None)]
)
def test_a_corpus_that_cannot_be_read(place, name, content):
    """
    A corpus that cannot be read is no result.
    """
    if content is not None:
        (place / name).write_bytes(content)
    done = run("pack.toml", "--corpus", name)

    assert 2 == done.exit_code
    assert name in done.stderr
