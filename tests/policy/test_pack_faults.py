"""A pack that is wrong in any way is refused, with file, line, key and what to do."""

from __future__ import annotations

import json
import pickle
import tomllib
from importlib.resources import files

import jsonschema
import pytest

from civicsns.errors import ConfigurationError
from civicsns.language import Language
from civicsns.model import Context, Severity
from civicsns.policy import packfile
from civicsns.policy.detect import KINDS
from civicsns.policy.facts import FACTS
from civicsns.policy.fault import Mistake, PackError
from civicsns.policy.forms import DETECTORS, OVERLAY_FILE, PACK_FILE, schema
from civicsns.policy.forms import FACTS as FORM_FACTS

GOOD = """\
schema = 1

[pack]
id = "example"
version = "1.0"
title = { ja = "例", en = "Example" }

[family]
EXA = { ja = "例の規範", en = "Example rules" }

[law.chikoho]
title = { ja = "地方公務員法", en = "Local Public Service Act" }
short = { ja = "地公法", en = "LPSA" }

[[citation]]
key = "chikoho:33"
says = { ja = "信用を落とす行為をしない", en = "Do nothing that harms the trust in the office" }
seen = "text"
version = 2025-06-01

[list]
insults = ["とんちんかん", "ぽんこつ"]

[[rule]]
code = "EXA001"
title = { ja = "悪口", en = "Insults" }
severity = "review"
legal = ["chikoho:33"]
message = { ja = "悪口です。", en = "This is an insult." }
mend = { ja = "別の言い方にしてください。", en = "Say it otherwise." }
begins = 2026-04-01
ends = 2027-03-31
must_flag = ["このぽんこつ", { text = "とんちんかん", finds = "とんちんかん" }]
must_pass = ["ぽんこつラーメン"]
known_miss = ["つこんぽ市長"]

[rule.detect]
kind = "terms"
list = "insults"
except = ["ぽんこつラーメン"]

[[rule]]
code = "EXA002"
title = { ja = "部屋番号", en = "Room numbers" }
severity = "block"
legal = []
message = { ja = "部屋番号です。", en = "This is a room number." }
mend = { ja = "消してください。", en = "Take it away." }
fix = { kind = "mask", keep = 0 }
when = { capacity = "official" }
must_flag = ["301号室"]
must_pass = ["号室"]

[rule.detect]
kind = "regex"
pattern = '(?<![0-9])[0-9]{1,4}号室'
triggers = ["号室"]

[[rule]]
code = "EXA003"
title = { ja = "応援", en = "Support" }
severity = "review"
legal = []
message = { ja = "応援です。", en = "This is support." }
mend = { ja = "やめてください。", en = "Do not." }
must_flag = ["候補を応援"]
must_pass = ["選手を応援"]
[rule.detect]
kind = "near"
groups = [["候補"], ["応援", "支持"]]
window = 20

[[rule]]
code = "EXA004"
title = { ja = "同意", en = "Consent" }
severity = "review"
legal = []
message = { ja = "同意を確かめます。", en = "Consent is needed." }
mend = { ja = "同意を得てください。", en = "Ask them." }
when = { media = true }
must_flag = [{ text = "写真", facts = { media = true } }]
[rule.detect]
kind = "question"
ask = { ja = "同意を得ましたか。", en = "Have they agreed?" }
"""


def read(tmp_path, text):
    file = tmp_path / "example.toml"
    file.write_text(text, encoding="utf-8")
    return packfile.read(file)


def refused(tmp_path, text):
    with pytest.raises(PackError) as caught:
        read(tmp_path, text)
    return caught.value


def test_a_right_pack_is_read(tmp_path):
    """
    What the file says is what the pack says.
    """
    pack = read(tmp_path, GOOD)
    rule = pack.rules[0]

    assert pack.id == "example"
    assert [one.code for one in pack.rules] == ["EXA001", "EXA002", "EXA003", "EXA004"]
    assert rule.severity is Severity.REVIEW
    assert rule.must_flag[1].finds == "とんちんかん"
    assert pack.citations["chikoho:33"].law == "chikoho"
    assert pack.lists["official_phones"] == ()


MISTAKES = [
    # mistake, what stands there, what is written instead, the key, the words of the line that is named
    (Mistake.NOT_TOML, "[family]\n", "[family\n", "", "[family"),
    (Mistake.NEWER_SCHEMA, "schema = 1", "schema = 99", "schema", "schema = 99"),
    (Mistake.UNKNOWN_KEY, "ends = 2027", "end = 2027", "rule[EXA001].end", "end = 2027"),
    (Mistake.UNKNOWN_KEY, "window = 20", "window = 20\nwindo = 1", "rule[EXA003].detect.windo", "windo = 1"),
    (Mistake.UNKNOWN_KEY, "[list]", "[lists]", "lists", "[lists]"),
    (Mistake.MISSING_KEY, 'severity = "block"\n', "", "rule[EXA002]", "[[rule]] EXA002"),
    (Mistake.MISSING_KEY, 'id = "example"\n', "", "pack", "[pack]"),
    (Mistake.MISSING_KEY, "window = 20\n", "", "rule[EXA003].detect", "[rule.detect] near"),
    (Mistake.MISSING_KEY, 'list = "insults"\n', "", "rule[EXA001].detect", "[rule.detect] terms"),
    (Mistake.MISSING_KEY, "ask = {", "none = []\n#", "rule[EXA004].detect", "[rule.detect] question"),
    (Mistake.WRONG_TYPE, "window = 20", 'window = "20"', "rule[EXA003].detect.window", 'window = "20"'),
    (Mistake.WRONG_TYPE, "ends = 2027-03-31", 'ends = "2027-03-31"', "rule[EXA001].ends", 'ends = "2027'),
    (Mistake.OUT_OF_RANGE, "window = 20", "window = 0", "rule[EXA003].detect.window", "window = 0"),
    (Mistake.UNKNOWN_VALUE, '"block"', '"blok"', "rule[EXA002].severity", '"blok"'),
    (Mistake.UNKNOWN_VALUE, 'kind = "mask"', 'kind = "hide"', "rule[EXA002].fix.kind", 'kind = "hide"'),
    (Mistake.UNKNOWN_VALUE, 'seen = "text"', 'seen = "yes"', "citation[chikoho:33].seen", 'seen = "yes"'),
    (Mistake.EMPTY, 'ja = "悪口です。"', 'ja = " "', "rule[EXA001].message.ja", 'ja = " "'),
    (Mistake.EMPTY, '["応援", "支持"]', "[]", "rule[EXA003].detect.groups[1]", "groups ="),
    (Mistake.PLACEHOLDER, "This is an insult.", "TODO", "rule[EXA001].message.en", "TODO"),
    (Mistake.LANGUAGE_MISSING, ', en = "Insults"', "", "rule[EXA001].title", 'title = { ja = "悪口" }'),
    (Mistake.CODE_FORM, '"EXA002"', '"EXA2"', "rule[EXA2].code", '"EXA2"'),
    (Mistake.CODE_TWICE, '"EXA002"', '"EXA001"', "rule[EXA001].code", 'code = "EXA001" again'),
    (
        Mistake.UNWAIVABLE,
        'severity = "review"\nlegal = ["c',
        'severity = "review"\nwaivable = false\nlegal = ["c',
        "rule[EXA001].waivable",
        "waivable = false",
    ),
    (Mistake.UNKNOWN_FAMILY, '"EXA002"', '"EXB002"', "rule[EXB002].code", '"EXB002"'),
    (
        Mistake.SECTION_TWICE,
        "[list]",
        '[[citation]]\nkey = "chikoho:33"\nsays = { ja = "い", en = "a" }\nseen = "text"\n[list]',
        "citation[chikoho:33].key",
        'key = "chikoho:33" again',
    ),
    (
        Mistake.UNKNOWN_CITATION,
        'legal = ["chikoho:33"]',
        'legal = ["chikoho:34"]',
        "rule[EXA001].legal[0]",
        "chikoho:34",
    ),
    (Mistake.UNKNOWN_LAW, 'key = "chikoho:33"', 'key = "chiho:33"', "citation[chiho:33].key", "chiho:33"),
    (Mistake.DATES_REVERSED, "begins = 2026", "begins = 2028", "rule[EXA001].ends", "ends = 2027"),
    (Mistake.UNKNOWN_KIND, 'kind = "near"', 'kind = "nearby"', "rule[EXA003].detect.kind", 'kind = "nearby"'),
    (Mistake.UNKNOWN_LIST, 'list = "insults"', 'list = "insult"', "rule[EXA001].detect.list", 'list = "insult"'),
    (Mistake.LIST_IN_LIST, '"ぽんこつ"]', '"ぽんこつ", "@insults"]', "list.insults[2]", "insults ="),
    (Mistake.UNKNOWN_LIST, '[["候補"]', '[["@candidates"]', "rule[EXA003].detect.groups[0][0]", "@candidates"),
    (
        Mistake.UNKNOWN_FACT,
        "{ media = true }\nmust",
        "{ picture = true }\nmust",
        "rule[EXA004].when.picture",
        "picture",
    ),
    (Mistake.UNKNOWN_VALUE, 'capacity = "official"', 'capacity = "officer"', "rule[EXA002].when.capacity", '"officer"'),
    (Mistake.UNKNOWN_FACT, "facts = { media", "facts = { medium", "rule[EXA004].must_flag[0].facts.medium", "medium"),
    (Mistake.TERM_VANISHES, '"応援", "支持"', '"応援", "\\u200b"', "rule[EXA003].detect.groups[1][1]", "\\u200b"),
    (Mistake.TERM_TWICE, '"ぽんこつ"]', '"ぽんこつ", "ＰＯＮ", "pon"]', "list.insults[3]", "insults ="),
    (
        Mistake.EXCEPTION_USELESS,
        'except = ["ぽんこつラーメン"]',
        'except = ["ぽんこつラーメン", "ラーメン"]',
        "rule[EXA001].detect.except[1]",
        "except =",
    ),
    (Mistake.PATTERN_BROKEN, "{1,4}号室", "{1,4}(号室", "rule[EXA002].detect.pattern", "pattern ="),
    (Mistake.PATTERN_EMPTY, "[0-9]{1,4}号室", "(?:[0-9]{1,4}号室)?", "rule[EXA002].detect.pattern", "pattern ="),
    (Mistake.PATTERN_SLOW, "[0-9]{1,4}号室", "(?:[0-9]+)+号室", "rule[EXA002].detect.pattern", "pattern ="),
    (Mistake.PATTERN_BORDERS, "(?<![0-9])", r"\b", "rule[EXA002].detect.pattern", "pattern ="),
    (Mistake.PATTERN_UNFOLDED, "号室'", "号室Ａ?'", "rule[EXA002].detect.pattern", "pattern ="),
    (
        Mistake.TRIGGER_UNNEEDED,
        'triggers = ["号室"]',
        'triggers = ["階"]',
        "rule[EXA002].detect.triggers",
        "triggers =",
    ),
    (Mistake.NO_EXAMPLES, 'must_pass = ["号室"]\n', "", "rule[EXA002]", "[[rule]] EXA002"),
    (Mistake.FLAG_MISSED, '["候補を応援"]', '["候補を応援", "候補を"]', "rule[EXA003].must_flag[1]", "must_flag"),
    (Mistake.PASS_FLAGGED, '["選手を応援"]', '["候補に支持"]', "rule[EXA003].must_pass[0]", "must_pass"),
    (Mistake.MISS_FOUND, '["つこんぽ市長"]', '["ぽんこつ市長"]', "rule[EXA001].known_miss[0]", "known_miss"),
    (
        Mistake.FINDS_OTHERWISE,
        'finds = "とんちんかん"',
        'finds = "とんちん"',
        "rule[EXA001].must_flag[1].finds",
        "finds =",
    ),
]


@pytest.mark.parametrize(
    ("mistake", "there", "instead", "key", "line"), MISTAKES, ids=[f"{one[0]}-{one[3]}" for one in MISTAKES]
)
def test_what_is_wrong_is_refused(tmp_path, mistake, there, instead, key, line):
    """
    Each mistake is refused under its own name, with the file, the line and the key at which it stands.
    """
    assert there in GOOD
    text = GOOD.replace(there, instead, 1)

    error = refused(tmp_path, text)

    fault = next(one for one in error.faults if (one.mistake, one.key) == (mistake, key))
    assert fault.file == "example.toml"
    assert fault.line is not None
    named = text.splitlines()[fault.line - 1]
    if line.endswith(" again"):
        assert line.removesuffix(" again") in named
        assert text.splitlines().index(named) < fault.line - 1
    elif line.startswith("["):
        header, _, about = line.partition(" ")
        assert named.strip() == header
        assert about in "\n".join(text.splitlines()[fault.line : fault.line + 2])
    else:
        assert line in named


@pytest.mark.parametrize(
    ("mistake", "there", "instead", "key", "line"), MISTAKES, ids=[f"{one[0]}-{one[3]}" for one in MISTAKES]
)
def test_one_mistake_is_one_fault(tmp_path, mistake, there, instead, key, line):
    """
    A mistake brings no others with it that would hide it, and is said in both languages with what to do.
    """
    error = refused(tmp_path, GOOD.replace(there, instead, 1))

    assert {fault.mistake for fault in error.faults} <= {mistake, *FOLLOWS.get(mistake, ())}
    for fault in error.faults:
        for language in Language:
            assert fault.in_(language).startswith(f"example.toml:{fault.line}: ")
            assert fault.mend.in_(language) in error.in_(language)


#: What a mistake makes wrong besides, as it must.
FOLLOWS = {
    # Without its citation or list, what names it has nothing to stand on.
    Mistake.UNKNOWN_LAW: {Mistake.UNKNOWN_CITATION},
    Mistake.UNKNOWN_KEY: {Mistake.UNKNOWN_LIST},
}


def test_at_least_25_kinds_are_refused():
    """
    The tests here hold 25 kinds of mistakes and more.
    """
    assert len({mistake for mistake, *_ in MISTAKES}) >= 25


def test_all_mistakes_are_said_at_once(tmp_path):
    """
    Whoever mends a pack sees all that is wrong with it in one go, by lines.
    """
    text = GOOD.replace('"block"', '"blok"').replace("window = 20", "window = 0").replace("{1,4}号室", "{1,4}(号室")

    error = refused(tmp_path, text)

    assert [fault.mistake for fault in error.faults] == [Mistake.UNKNOWN_VALUE, Mistake.OUT_OF_RANGE]
    assert [fault.line for fault in error.faults] == sorted(fault.line or 0 for fault in error.faults)


def test_a_near_name_is_offered(tmp_path):
    """
    A key, a value or a list that is slightly off is answered with the one that was meant.
    """
    error = refused(tmp_path, GOOD.replace('list = "insults"', 'list = "insult"'))

    assert "Did you mean 'insults'?" in str(error)
    assert "Did you mean 'block'?" in str(refused(tmp_path, GOOD.replace('"block"', '"blok"')))


def test_how_many_are_needed_is_said(tmp_path):
    """
    A list that is too short is not called empty.
    """
    error = refused(tmp_path, GOOD.replace('[["候補"], ["応援", "支持"]]', '[["候補"]]'))

    assert "The list is too short, with 1. Write 2 or more." in str(error)


def test_a_pack_error_is_an_error_of_settings(tmp_path):
    """
    Whoever catches errors of settings catches this one, and it crosses a process border whole.
    """
    error = refused(tmp_path, GOOD.replace('"block"', '"blok"'))

    assert issubclass(PackError, ConfigurationError)
    assert pickle.loads(pickle.dumps(error)).faults == error.faults  # noqa: S301 -- our own bytes


def test_a_folder_is_one_pack(tmp_path):
    """
    Rules in one file may name citations and lists of another, and a fault names the file that it is in.
    """
    head, _, rules = GOOD.partition("[[rule]]")
    (tmp_path / "pack.toml").write_text(head, encoding="utf-8")
    (tmp_path / "rules.toml").write_text(f"[[rule]]{rules}", encoding="utf-8")
    whole = packfile.read(tmp_path)
    (tmp_path / "rules.toml").write_text(f"[[rule]]{rules}".replace("window = 20", "window = 0"), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        packfile.read(tmp_path)

    assert len(whole.rules) == 4
    assert [fault.place for fault in caught.value.faults] == ["rules.toml:48"]


@pytest.mark.parametrize(
    ("files", "mistake"),
    [
        ({}, Mistake.UNREADABLE),
        ({"a.toml": "\udcff"}, Mistake.UNREADABLE),
        ({"a.toml": "[family]\n"}, Mistake.MISSING_KEY),
        ({"a.toml": "a = " + "[" * 20_000}, Mistake.NOT_TOML),
        ({"a.toml": GOOD, "b.toml": GOOD[: GOOD.index("[family]")]}, Mistake.SECTION_TWICE),
        ({"a.toml": GOOD, "b.toml": '[list]\ninsults = ["a"]\n'}, Mistake.SECTION_TWICE),
    ],
)
def test_a_folder_that_is_no_pack_is_refused(tmp_path, files, mistake):
    """
    Nothing there, nothing readable, no head, two heads and two lists of one name are said to be just that.
    """
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PackError) as caught:
        packfile.read(tmp_path)

    assert mistake in {fault.mistake for fault in caught.value.faults}


def test_a_place_that_is_not_there_is_refused(tmp_path):
    """
    A pack that cannot be found is no empty pack.
    """
    with pytest.raises(PackError, match="cannot be read"):
        packfile.read(tmp_path / "nowhere")


def test_an_example_has_its_circumstances(tmp_path):
    """
    The context of an example is a context of the model.
    """
    text = GOOD.replace('["301号室"]', '[{ text = "301号室", context = { on_duty = true } }]')

    assert read(tmp_path, text).rules[1].must_flag[0].context == Context(on_duty=True)


def test_a_rule_that_cannot_run_proves_nothing(tmp_path):
    """
    An example that leaves open what its rule needs to know is named, instead of counting as passed.
    """
    text = GOOD.replace('capacity = "official"', "on_duty = true")

    assert [fault.mistake for fault in refused(tmp_path, text).faults] == [Mistake.UNPROVEN, Mistake.UNPROVEN]


ANY = """[rule.detect]
kind = "any"
[[rule.detect.of]]
kind = "near"
groups = [["候補"], ["応援", "支持"]]
window = 20
[[rule.detect.of]]
kind = "terms"
terms = ["{}"]
"""


@pytest.mark.parametrize(
    ("word", "mistakes"), [("選手", [Mistake.PASS_FLAGGED]), ("選挙", [])], ids=["flagged", "as it should be"]
)
def test_a_rule_of_several_detectors_is_proven(tmp_path, word, mistakes):
    """
    Examples of a rule with several detectors are tried as those of any other rule.
    """
    detect = GOOD[GOOD.index('[rule.detect]\nkind = "near"') : GOOD.index('\n[[rule]]\ncode = "EXA004"')]
    (tmp_path / "example.toml").write_text(GOOD.replace(detect, ANY.format(word)), encoding="utf-8")

    found: list[Mistake] = []
    try:
        packfile.read(tmp_path / "example.toml")
    except PackError as error:
        found = [fault.mistake for fault in error.faults]

    assert found == mistakes


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    """
    Editors on Windows put a mark before the text; the lines stay those of the file.
    """
    marked = "\ufeff" + GOOD

    assert read(tmp_path, marked).rules == read(tmp_path, GOOD).rules
    assert [fault.line for fault in refused(tmp_path, marked.replace('"block"', '"blok"')).faults] == [
        GOOD[: GOOD.index('"block"')].count("\n") + 1
    ]


#: What a schema sees; the rest takes the whole pack, its patterns or its examples.
SEEN_BY_SCHEMA = {
    Mistake.UNKNOWN_KEY,
    Mistake.MISSING_KEY,
    Mistake.WRONG_TYPE,
    Mistake.OUT_OF_RANGE,
    Mistake.UNKNOWN_VALUE,
    Mistake.EMPTY,
    Mistake.PLACEHOLDER,
    Mistake.LANGUAGE_MISSING,
    Mistake.CODE_FORM,
    Mistake.UNKNOWN_KIND,
    Mistake.UNKNOWN_FACT,
}
#: What TOML tells apart and JSON does not, and words that may stand under either of two keys.
HIDDEN = {"rule[EXA001].ends", "rule[EXA001].detect"}


def as_json(text):
    """Give what a TOML file says as JSON would."""
    return json.loads(json.dumps(tomllib.loads(text), default=lambda value: value.isoformat()))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((files("civicsns.policy") / "schemas" / "pack.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_takes_what_is_right(validator):
    """
    A right pack, and the built-in ones, are right by the published schema too.
    """
    base = files("civicsns.policy") / "packs" / "base"
    texts = [GOOD, *(file.read_text(encoding="utf-8") for file in base.iterdir() if file.name.endswith(".toml"))]

    assert [error.message for text in texts for error in validator.iter_errors(as_json(text))] == []


@pytest.mark.parametrize(
    ("there", "instead"),
    [one[1:3] for one in MISTAKES if one[0] in SEEN_BY_SCHEMA and one[3] not in HIDDEN],
    ids=[f"{one[0]}-{one[3]}" for one in MISTAKES if one[0] in SEEN_BY_SCHEMA and one[3] not in HIDDEN],
)
def test_the_schema_sees_what_it_can(validator, there, instead):
    """
    An editor that knows the schema shows a mistake of form while it is made.
    """
    assert not validator.is_valid(as_json(GOOD.replace(there, instead, 1)))


def test_the_schemas_are_those_of_the_forms():
    """
    What is published is made from the very forms that the loader checks by.
    """
    for name, form in (("pack", PACK_FILE), ("policy", OVERLAY_FILE)):
        published = json.loads((files("civicsns.policy") / "schemas" / f"{name}.schema.json").read_text("utf-8"))

        assert published == schema(form, title=published["title"], name=f"{name}.schema.json")


def test_every_kind_of_detector_has_a_form():
    """
    A kind that the engine knows can be written in a pack, and no form is for a kind that there is not.
    """
    assert set(KINDS) <= set(DETECTORS)


def test_every_fact_can_be_named():
    """
    What rules may know, `when` may name; the time of day has a kind of detector of its own.
    """
    assert set(FORM_FACTS) == set(FACTS) - {"local_time"}


def test_a_pack_that_lost_a_line_is_read_or_refused(tmp_path):
    """
    Whichever line is lost, the loader gives a pack or says what is wrong; nothing else comes out of it.
    """
    lines = GOOD.splitlines(keepends=True)
    refusals: list[PackError] = []
    for lost in range(len(lines)):
        try:
            read(tmp_path, "".join(lines[:lost] + lines[lost + 1 :]))
        except PackError as error:
            refusals.append(error)

    assert len(lines) / 2 < len(refusals) < len(lines)
    assert all(error.faults for error in refusals)
