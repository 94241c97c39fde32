"""What the rules found, in the forms that other tools read."""

from __future__ import annotations

import json
from typing import Any

import attrs
import jsonschema
import pytest

from civicsns.language import Bilingual, Language
from civicsns.model import Draft, Finding, Media, Question, Severity, Skipped, Span, Verdict
from civicsns.model.verdict import Fix
from civicsns.policy import articles, checked, github, sarif
from civicsns.policy.checked import Checked, Place
from civicsns.policy.packfile import builtin

PACK = builtin("base")
SAID = Bilingual("鍵があります。", "There is a key, 100%.")
#: What SARIF 2.1.0 requires of the objects that are used here, by the sections of the standard.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],  # 3.13
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],  # 3.14
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],  # 3.18
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],  # 3.19
                                "properties": {"rules": {"items": {"required": ["id"]}}},  # 3.49
                            }
                        },
                    },
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],  # 3.20
                            "properties": {"toolExecutionNotifications": {"items": {"required": ["message"]}}},  # 3.58
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["message"],  # 3.27
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],  # 3.29
                                                "properties": {
                                                    "region": {
                                                        "properties": {
                                                            name: {"type": "integer", "minimum": 1}
                                                            for name in (
                                                                "startLine",
                                                                "startColumn",
                                                                "endLine",
                                                                "endColumn",
                                                            )
                                                        }
                                                    }
                                                },
                                            }
                                        }
                                    }
                                },
                                "fixes": {
                                    "items": {
                                        "required": ["artifactChanges"],  # 3.55
                                        "properties": {
                                            "artifactChanges": {
                                                "items": {
                                                    "required": ["artifactLocation", "replacements"],  # 3.56
                                                    "properties": {
                                                        "replacements": {"items": {"required": ["deletedRegion"]}}
                                                    },  # 3.57
                                                }
                                            }
                                        },
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def finding(start=None, end=None, **changes):
    span = None if start is None else Span(start=start, end=end)
    fields: dict[str, Any] = {"rule": "KEY001", "severity": Severity.BLOCK, "message": SAID, "span": span}
    return Finding(**(fields | {"legal_basis": ("local:security",)} | changes))


def item(*said, text="一行目\n鍵は abc です", name="post.txt", **changes):
    draft = Draft(author="1", text=text, accounts=(), **changes)
    kinds: dict[str, type] = {"findings": Finding, "questions": Question, "skipped": Skipped}
    parts: dict[str, Any] = {name: tuple(one for one in said if isinstance(one, kind)) for name, kind in kinds.items()}
    return Checked(name=name, draft=draft, verdict=Verdict(digest=draft.digest, ran=("KEY001",), **parts))


@pytest.mark.parametrize(
    ("text", "start", "end", "place"),
    [
        ("abc", 0, 3, (1, 1, 1, 4)),
        ("一行目\n鍵は abc です", 7, 10, (2, 4, 2, 7)),
        ("一\n二\n三", 0, 5, (1, 1, 3, 2)),
        ("a\nb", 1, 2, (1, 2, 1, 3)),
        ("abc", 3, 3, (1, 4, 1, 4)),
        ("𠮷𠮷b", 2, 3, (1, 3, 1, 4)),
    ],
)
def test_places_are_lines_and_columns(text, start, end, place):
    """
    Lines and columns count from 1, in code points; an end is one past the last.
    """
    line, column, end_line, end_column = place

    assert Place(line=line, column=column, end_line=end_line, end_column=end_column) == item(text=text).place(
        finding(start, end)
    )


def test_what_is_about_the_whole_has_no_place():
    """
    A finding without a span has no place, nor has one of a part that is not there.
    """
    assert None is item().place(finding())
    assert None is item().place(finding(0, 3, part="media.4.alt_text"))


def test_places_of_other_parts():
    """
    A span in an alt text is a place in that alt text.
    """
    picture = Media(content=b"", media_type="image/png", alt_text="地図\nabc")
    place = item(media=(picture,)).place(finding(3, 6, part="media.0.alt_text"))

    assert (2, 1) == (place.line, place.column)


def test_json_says_all_in_both_languages():
    """
    The table has code points, places, both languages and named articles, and what did not run.
    """
    question = Question(rule="REC001", ask=Bilingual("残しましたか。", "Is it kept?"))
    skipped = Skipped(rule="IND001", reason=Bilingual("辞書なし", "no dictionary"))
    fixed = finding(7, 10, fix=Fix(kind="replace", text="***"), mend=Bilingual("消す", "Take it away"))
    table = json.loads(json.dumps(checked.table(item(fixed, question, skipped), PACK), ensure_ascii=False))
    found = table["findings"][0]

    assert ("post.txt", "block", 1) == (table["name"], table["severity"], table["ran"])
    assert ("KEY001", "KEY", 7, 10, 2, 4) == tuple(
        found[key] for key in ("code", "family", "start", "end", "line", "column")
    )
    assert attrs.asdict(SAID) == found["message"]
    assert {"kind": "replace", "text": "***", "safe": False} == found["fix"]
    assert {"key": "local:security", **attrs.asdict(articles.named("local:security", PACK))} == found["legal"][0]
    assert [{"code": "REC001", "question": {"ja": "残しましたか。", "en": "Is it kept?"}, "legal": []}] == table[
        "questions"
    ]
    assert [{"code": "IND001", "reason": {"ja": "辞書なし", "en": "no dictionary"}}] == table["skipped"]


def test_sarif_has_what_the_standard_requires():
    """
    Rules, results with regions, fixes, and rules that did not run are where SARIF 2.1.0 has them.
    """
    skipped = Skipped(rule="IND001", reason=Bilingual("辞書なし", "no dictionary"))
    items = [
        item(finding(7, 10, fix=Fix(kind="replace", text="***")), skipped),
        item(finding(rule="XYZ001", severity=Severity.ADVISE), skipped, name="書類 二.txt"),
        item(finding(0, 1, severity=Severity.REVIEW), name=""),
    ]
    log = json.loads(sarif.log(items, PACK, version="1.2.3", language=Language.EN))
    jsonschema.validate(log, SARIF)
    run = log["runs"][0]
    first, second, third = run["results"]

    assert ["KEY001", "XYZ001"] == [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ["error", "note", "warning"] == [one["level"] for one in run["results"]]
    assert [0, 1, 0] == [one["ruleIndex"] for one in run["results"]]
    assert {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 7} == first["locations"][0][
        "physicalLocation"
    ]["region"]
    assert "***" == first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]
    assert "%E6%9B%B8%E9%A1%9E%20%E4%BA%8C.txt" == second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert "locations" not in third
    assert ["IND001: no dictionary"] == [
        one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]
    ]


def test_annotations_of_github():
    """
    Each finding is one line, whatever is in it: separators and line ends are written as GitHub reads them.
    """
    mend = Bilingual("一\n二", "Take, it: away")
    question = Question(rule="REC001", ask=Bilingual("残しましたか。", "Is it kept?"))
    skipped = Skipped(rule="TST001", reason=Bilingual("不明", "Nobody\nknows"))
    said = list(github.commands(item(finding(7, 10, mend=mend), question, skipped, name="a,b:c.txt"), Language.EN))

    place = "file=a%2Cb%3Ac.txt,line=2,endLine=2,col=4,endColumn=7"

    assert [
        f"::error {place},title=KEY001::There is a key, 100%25.%0ATake, it: away",
        "::notice file=a%2Cb%3Ac.txt,title=REC001::Is it kept?",
        "TST001: Nobody%0Aknows",
    ] == said


def test_annotations_over_several_lines_have_no_columns():
    """
    GitHub counts columns within one line only; a text that is in no file has no place at all.
    """
    across = list(github.commands(item(finding(0, 6, severity=Severity.REVIEW)), Language.JA))
    nowhere = list(github.commands(item(finding(severity=Severity.ADVISE), name=""), Language.JA))

    assert ["::warning file=post.txt,line=1,endLine=2,title=KEY001::鍵があります。"] == across
    assert ["::notice title=KEY001::鍵があります。"] == nowhere


@pytest.mark.parametrize(
    ("key", "ja", "en"),
    [
        ("chikoho:34-1", "地方公務員法34条1項", "Local Public Service Act, art. 34(1)"),
        ("kojoho:66", "66条", "art. 66"),
        ("jukiho:30の30-1", "住民基本台帳法30条の30第1項", "Basic Resident Register Act, art. 30-30(1)"),
        ("kosenho:136の2-2③", "公職選挙法136条の2第2項3号", "Public Offices Election Act, art. 136-2(2)(3)"),
        ("chikoho:60②", "地方公務員法60条2号", "Local Public Service Act, art. 60, item 2"),
        ("hanrei:肖像権", "判例（肖像権）", "Case law (肖像権)"),
        ("unheard:1", "unheard:1", "unheard:1"),
    ],
)
def test_articles_in_words(key, ja, en):
    """
    Articles of statutes are named as people write them; other sources as their authors number them.
    """
    named = articles.named(key, builtin("jp-municipal"))

    assert (named.ja.endswith(ja), named.en.endswith(en)) == (True, True), named


def test_a_law_is_named_once():
    """
    Several articles of one law stand behind its name.
    """
    pack = builtin("jp-municipal")
    keys = ("chikoho:34-1", "hanrei:肖像権", "chikoho:33", "chikoho:34-1")

    assert "地方公務員法34条1項・33条、判例（肖像権）" == articles.listed(keys, pack, Language.JA)
    assert "Local Public Service Act, art. 34(1), 33; Case law (肖像権)" == articles.listed(keys, pack, Language.EN)
