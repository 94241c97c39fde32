"""`civicsns check`: texts, files and streams, in all forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.cli.findings import excerpt, visible

KEY = "鍵は AKIAIOSFODNN7EXAMPLE です"
LINK = "See http://www.example.org/ for more."


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, given=None, command="check", pack="base"):
    named = ("--pack", pack) if pack else ()
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, [command, *named, *arguments], input=given)


def settings(folder: Path, policy: str = "", overlay: str = "") -> str:
    (folder / "people.csv").write_text("number,name,section\n1,佐賀 花子,広報課\n", encoding="utf-8")
    (folder / "accounts.csv").write_text("id,platform,handle,section,steward,personal\n", encoding="utf-8")
    (folder / "civicsns.toml").write_text(
        f'[programme]\nname = "市"\npeople = "people.csv"\naccounts = "accounts.csv"\n[networks]\n[policy]\n{policy}\n',
        encoding="utf-8",
    )
    if overlay:
        (folder / "policy.toml").write_text(overlay, encoding="utf-8")
    return str(folder / "civicsns.toml")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("よい天気です。",), 0),
        ((LINK,), 0),
        ((KEY,), 1),
        (("--strict", "10.0.0.1 で動いています"), 1),
        (("10.0.0.1 で動いています",), 0),
        (("--format", "smoke", "x"), 2),
        (("--file", "nowhere.txt"), 2),
        (("--jsonl", "nowhere.jsonl"), 2),
        (("--time", "noon", "x"), 2),
        (("--overlay", "nowhere.toml", "x"), 2),
        (("-c", "nowhere.toml", "x"), 2),
    ],
)
def test_exit_codes(arguments, status):
    """
    0 where nothing blocks, 1 where something does (or asks for review, with --strict), 2 where something is not there.
    """
    done = run(*arguments, pack=None if "-c" in arguments else "base")

    assert status == done.exit_code, done.output


def test_a_pack_that_is_not_there():
    """
    An unknown pack is named, with those there are, and is no verdict.
    """
    done = run("x", pack="bsae")

    assert 2 == done.exit_code
    assert "base" in done.stderr


def test_the_words_are_underlined():
    """
    A person reads where it is, the words with marks below them, both languages, the article, and that no lawyer said so.
    """
    done = run(f"一行目\n{KEY}")
    lines = done.output.splitlines()
    shown = next(number for number, line in enumerate(lines) if "AKIA" in line)

    assert "2:4 KEY001 投稿不可 blocks" in done.output
    # Two columns for each of 鍵は, one for the space.
    assert "    " + " " * 5 + "^" * len("AKIAIOSFODNN7EXAMPLE") == lines[shown + 1]
    assert "secret key" in done.output
    assert "No lawyer has confirmed" in done.output


def test_one_language_alone():
    """
    With --language the other one is not shown.
    """
    done = run("--language", "en", KEY)

    assert "blocks" in done.output
    assert "投稿不可" not in done.output


def test_what_steers_a_terminal_is_written_by_number():
    """
    Escape sequences and invisible characters in a post are shown, not obeyed.
    """
    done = run("--strict", f"\x1b[2J\u200b{KEY}")

    assert "\x1b" not in done.output
    assert "⟨U+001B⟩[2J⟨U+200B⟩" in done.output


def test_a_long_line_is_cut_around_the_words():
    """
    Of a long line only what stands around the words is shown, and of several lines the first.
    """
    before, marks = [line.plain for line in excerpt("あ" * 100 + "鍵\nと" + "い" * 100, 100, 103, "red")]

    assert "…" + "あ" * 30 + "鍵" == before
    assert " " * 61 + "^^" == marks
    assert "⟨U+2028⟩" == visible("\u2028")


def test_texts_come_from_arguments_files_and_standard_input(elsewhere):
    """
    A text is an argument, a file or standard input, and each file is named.
    """
    (elsewhere / "a.txt").write_text(KEY + "\n", encoding="utf-8")
    (elsewhere / "b.txt").write_text("よい天気です。\n", encoding="utf-8")
    (elsewhere / "c.txt").write_bytes(b"\xff")
    files = run("--file", "a.txt", "--file", "b.txt", "--format", "json")

    assert [("a.txt", "block"), ("b.txt", None)] == [
        (one["name"], one["severity"]) for one in json.loads(files.output)["checked"]
    ]
    assert 1 == run(given=KEY).exit_code == run("-", given=KEY).exit_code
    assert 2 == run("--file", "c.txt").exit_code


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "github"])
def test_forms_for_programs(elsewhere, form):
    """
    Every form for programs is printed alone, and names file, rule and place.
    """
    (elsewhere / "a.txt").write_text(KEY, encoding="utf-8")
    done = run("--format", form, "--file", "a.txt")

    assert 1 == done.exit_code
    if form == "json":
        (found,) = json.loads(done.stdout)["checked"][0]["findings"]
        assert ("KEY001", 1, 4) == (found["code"], found["line"], found["column"])
    elif form == "jsonl":
        assert ["KEY001"] == [one["code"] for one in json.loads(done.stdout)["findings"]]
    elif form == "sarif":
        (result,) = json.loads(done.stdout)["runs"][0]["results"]
        assert ("KEY001", "error") == (result["ruleId"], result["level"])
    else:
        assert done.stdout.startswith("::error file=a.txt,line=1,endLine=1,col=4,endColumn=24,title=KEY001::")


def test_fix_prints_the_mended_text():
    """
    The mended text alone goes to standard output; what is left to do goes to standard error.
    """
    done = run("--fix", LINK)

    assert "See https://www.example.org/ for more.\n" == done.stdout
    assert "Nothing found" in done.stderr


def test_fix_writes_the_file(elsewhere):
    """
    A file is written where something was mended, and left alone where nothing was.
    """
    (elsewhere / "a.txt").write_text(LINK + "\n", encoding="utf-8")
    (elsewhere / "b.txt").write_text("No line end", encoding="utf-8")
    run("--fix", "--file", "a.txt", "--file", "b.txt")

    assert "See https://www.example.org/ for more.\n" == (elsewhere / "a.txt").read_text(encoding="utf-8")
    assert "No line end" == (elsewhere / "b.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("last", ["", "{end}", "{end}{end}"])
def test_a_file_stays_as_its_editor_wrote_it(elsewhere, mark, end, last):
    """
    Places are those of the file's own text; what is mended keeps line ends and mark.
    """
    text, last = f"一行目{end}{LINK}", last.format(end=end)
    (elsewhere / "a.txt").write_bytes(mark + (text + last).encode())
    found = json.loads(run("--file", "a.txt", "--format", "json").stdout)["checked"][0]["findings"]
    shown = run("--file", "a.txt").stdout
    run("--fix", "--file", "a.txt")

    assert ["WEB002"] == [one["code"] for one in found]
    assert "http://www.example.org/" == text[found[0]["start"] : found[0]["end"]]
    assert (2, 5) == (found[0]["line"], found[0]["column"])
    assert "U+" not in shown
    assert mark + (text.replace("http:", "https:") + last).encode() == (elsewhere / "a.txt").read_bytes()


def test_a_dash_in_a_file_is_a_text(elsewhere):
    """
    It is not standard input.
    """
    (elsewhere / "a.txt").write_text("-\n", encoding="utf-8")

    assert "Nothing found" in run("--file", "a.txt", given=KEY).output


def test_what_cannot_be_read_is_not_called_fine():
    """
    Standard input in another encoding is no verdict.
    """
    done = run(given="個人番号は 1234-5678-9018 です。".encode("cp932"), pack="jp-municipal")

    assert 2 == done.exit_code
    assert "not UTF-8" in done.output


def test_standard_input_may_be_marked():
    """
    A byte order mark is no invisible character of the post.
    """
    assert "Nothing found" in run(given="\ufeffよい天気です。\r\n".encode()).output


@pytest.mark.parametrize(
    "beside", [("x",), ("--fix",), ("--file", "a.txt"), ("--private",), ("--off-duty",), ("--format", "sarif")]
)
def test_bulk_leaves_nothing_out_in_silence(elsewhere, beside):
    """
    What does not count beside --jsonl is refused; another name for what it prints is not.
    """
    (elsewhere / "a.jsonl").write_text('{"id": 1, "text": "x"}\n', encoding="utf-8")

    assert 2 == run("--jsonl", "a.jsonl", *beside).exit_code
    assert 0 == run("--jsonl", "a.jsonl", "--format", "jsonl", "--language", "en").exit_code


@pytest.mark.parametrize(("option", "asked"), [("--reply-to", ["OPS002"]), ("--quote", [])])
def test_whose_post_is_answered_can_be_said(elsewhere, option, asked):
    """
    Rules about accounts look at the account that is answered or shared; who answers is asked what only he knows.
    """
    settings(
        elsewhere, overlay='schema = 1\nextends = ["jp-municipal"]\n[lists.political_accounts]\nadd = ["x:party"]\n'
    )
    done = run("--overlay", "policy.toml", "--format", "jsonl", option, "x:party", "いいですね", pack=None)
    other = run("--overlay", "policy.toml", "--format", "jsonl", option, "x:kanko", "いいですね", pack=None)

    said = json.loads(done.stdout)

    assert "POL007" in {one["code"] for one in said["findings"]}
    assert asked == [one["code"] for one in said["questions"]]
    assert "POL007" not in {one["code"] for one in json.loads(other.stdout)["findings"]}


@pytest.mark.parametrize("form", [("--format", "json"), ("--format", "github"), ("--jsonl", "a.jsonl")])
def test_what_has_grown_old_is_told_beside_forms_for_programs(elsewhere, form):
    """
    An entry of the overlay that does nothing is named on standard error, whatever form standard output has.
    """
    settings(elsewhere, overlay='schema = 1\nextends = ["base"]\n[lists.official_phones]\nadd = ["0954-23-9000"]\n')
    (elsewhere / "a.jsonl").write_text('{"id": 1, "text": "x"}\n', encoding="utf-8")
    done = run("--overlay", "policy.toml", *form, *(() if form[0] == "--jsonl" else ("x",)), pack=None)

    assert "policy.toml:3: lists.official_phones" in done.stderr
    assert "official_phones" not in done.stdout


def test_what_did_not_run_is_said():
    """
    The rules that lacked a fact are named with the reason, also where nothing was found.
    """
    done = run("よい天気です。", pack="jp-municipal")

    assert "POL005" in done.output
    assert "no election calendar" in done.output


def test_bulk_needs_no_settings(elsewhere):
    """
    One line is answered for each post; a bad one makes the status 2, and nothing is lost.
    """
    (elsewhere / "posts.jsonl").write_text(
        '{"id": "a", "text": "個人番号は1234-5678-9018です。"}\n{\n{"id": "\\ud800", "text": "よい天気です。"}\n',
        encoding="utf-8",
    )
    done = run("--jsonl", "posts.jsonl", pack=None)
    said = [json.loads(line) for line in done.stdout.splitlines()]

    assert 2 == done.exit_code
    assert ["a", None, "\ud800"] == [one.get("id") for one in said]
    assert "PII001" in {one["code"] for one in said[0]["findings"]}
    assert 2 == said[1]["line"]


def test_bulk_from_standard_input():
    """
    Findings leave the status of bulk at 0, unless --strict is given.
    """
    line = json.dumps({"id": 1, "text": KEY})
    plain, strict = run("--jsonl", "-", given=line), run("--jsonl", "-", "--strict", given=line)

    assert (0, 1) == (plain.exit_code, strict.exit_code)
    assert plain.stdout == strict.stdout


def test_settings_choose_the_packs(elsewhere):
    """
    Settings without a word on packs use jp-municipal; the packs that they name are used alone.
    """
    bare = run("-c", settings(elsewhere), "LINE を使います", "--format", "json", pack=None)
    named = run("-c", settings(elsewhere, 'packs = ["base"]'), KEY, "--format", "json", pack=None)

    assert json.loads(bare.output)["checked"][0]["ran"] > 60
    assert ["KEY001"] == [one["code"] for one in json.loads(named.output)["checked"][0]["findings"]]


def test_without_any_rule_nothing_is_called_fine(elsewhere):
    """
    Settings that name no rules give no verdict, on one post or on many.
    """
    place = settings(elsewhere, "packs = []")
    one = run("-c", place, "よい天気です。", pack=None)
    many = run("-c", place, "--jsonl", "-", given='{"id": 1, "text": "x"}', pack=None)

    assert (2, 2) == (one.exit_code, many.exit_code)
    assert "no conduct rules" in one.stderr
    assert "" == many.stdout


def test_a_severity_of_a_pack_belongs_in_the_overlay(elsewhere):
    """
    Whoever changes a pack's rule in the settings is told where that goes.
    """
    done = run("-c", settings(elsewhere, 'severity = { PII002 = "advise" }'), "x", pack=None)
    slip = run("-c", settings(elsewhere, 'severity = { SIM01 = "advise" }'), "x", pack=None)

    assert (2, 2) == (done.exit_code, slip.exit_code)
    assert "[rules.PII002]" in done.stderr
    assert "Did you mean 'SIM001'?" in slip.stderr


def test_several_packs_hold_together(elsewhere):
    """
    Several packs are looked through at once.
    """
    place = settings(elsewhere, 'packs = ["base", "jp-municipal"]')
    done = run("-c", place, f"個人番号は1234-5678-9018です。{KEY}", "--format", "json", pack=None)

    assert {"PII001", "KEY001"} <= {one["code"] for one in json.loads(done.output)["checked"][0]["findings"]}


def test_the_overlay_counts(elsewhere):
    """
    An overlay raises a rule, and says what it extends; an entry that does nothing is named with its line.
    """
    overlay = 'schema = 1\nextends = ["base"]\n[rules.KEY003]\nseverity = "block"\n[rules.XYZ999]\nseverity = "block"\n'
    place = settings(elsewhere, 'overlay = "policy.toml"', overlay)
    done = run("-c", place, "10.0.0.1 で動いています", pack=None)
    direct = run("--overlay", str(elsewhere / "policy.toml"), "10.0.0.1 で動いています", pack=None)

    assert 1 == done.exit_code == direct.exit_code
    assert "policy.toml:5: rules.XYZ999" in done.output
    assert "PII" not in done.output


def test_a_wrong_overlay_is_no_verdict(elsewhere):
    """
    An overlay that lowers a rule without a reason is refused with its line, and the status is 2.
    """
    overlay = 'schema = 1\nextends = ["base"]\n[rules.KEY003]\nseverity = "advise"\n'
    done = run("-c", settings(elsewhere, 'overlay = "policy.toml"', overlay), "x", pack=None)

    assert 2 == done.exit_code
    assert "policy.toml:4" in done.stderr


def test_rules_are_listed_and_explained():
    """
    Every rule is listed; one is explained with articles and examples; a wrong code is answered with near ones.
    """
    listed, one = run(command="rules"), run("key001", command="rules")
    table = json.loads(run("KEY001", "--json", command="rules").stdout)
    wrong = run("KEY009", command="rules")

    assert {"KEY001", "ALT001", "REC001"} <= set(listed.output.split())
    assert "AKIAIOSFODNN7EXAMPLE" in one.output
    assert "No lawyer has confirmed" in one.output
    assert ("KEY001", False) == (table["code"], table["waivable"])
    assert 2 == wrong.exit_code
    assert "KEY001" in wrong.stderr


def test_rules_as_json():
    """
    The list as JSON has code, title and severity of every rule.
    """
    listed = json.loads(run("--json", command="rules").stdout)

    assert {"code", "family", "title", "severity", "asks", "waivable"} == set(listed[0])


def test_articles_that_ought_to_be_read_again():
    """
    Old versions are listed by age; with a longer age fewer are.
    """
    some, fewer = (
        json.loads(run("--citations", "--older-than", months, "--json", command="rules", pack="jp-municipal").stdout)
        for months in ("1", "600")
    )
    shown = run("--citations", "--older-than", "600", command="rules", pack="jp-municipal")

    assert len(some) > len(fewer)
    assert {"old"} <= {doubt for one in some for doubt in one["doubts"]}
    assert "no lawyer has confirmed" in shown.output
