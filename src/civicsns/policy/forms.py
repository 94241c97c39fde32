"""
What the files of a pack and a city's overlay may hold: every table and key, declared once.

`civicsns.policy.packfile` and `civicsns.policy.overlay` check files by these, and the JSON schemas are made from them.
Whoever gives a detector a further key declares it in `DETECTORS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model import Capacity, Context, Lane, Severity
from civicsns.policy.facts import FACTS as _KNOWN_FACTS
from civicsns.policy.fault import Mistake
from civicsns.policy.form import (
    Anything,
    Choice,
    Day,
    Defined,
    Either,
    Flag,
    Listed,
    Moment,
    Named,
    OneOf,
    Table,
    Text,
    Whole,
)

if TYPE_CHECKING:
    from civicsns.policy.form import Form

#: The newest schema of packs and overlays that this version reads.
SCHEMA = 1

#: Words that are read by people, in both languages; see `civicsns.language.Bilingual`.
BOTH = Defined(
    "both",
    Table(
        keys={"ja": Text(prose=True), "en": Text(prose=True)},
        needs=("ja", "en"),
        missing=Mistake.LANGUAGE_MISSING,
    ),
)

TEXT = Text()
#: Words: the name of a list, or the words themselves; `@name` in between stands for a list.
WORDS = Defined("words", Either(TEXT, Listed(of=TEXT)))
_SOME = Defined("some", Either(TEXT, Listed(of=TEXT, least=1)))
_VIEW = Choice(("folded", "raw"))
_HOURS = Text(pattern=r"\d{2}:\d{2}-\d{2}:\d{2}", shown="05:00-22:00")
_WINDOW = Whole(least=1, most=1000)
#: See `civicsns.policy.numbers.Likeness`.
_LIKENESS = Choice(("likely", "sure"))

_FACT_FORMS: dict[str, Form] = {
    "capacity": Choice(tuple(Capacity)),
    "lane": Choice(tuple(Lane)),
    "section": TEXT,
    "job": TEXT,
    "answered": TEXT,
}

#: What is known of a draft and its circumstances, by the names that `when` uses; the rest are true or false.
FACTS: dict[str, Form] = {name: _FACT_FORMS.get(name, Flag()) for name in _KNOWN_FACTS if name != "local_time"}

_WHEN = Table(
    keys={name: Either(form, Listed(of=form, least=1)) for name, form in FACTS.items()}, unknown=Mistake.UNKNOWN_FACT
)

#: Words that speak against a finding; see `civicsns.policy.detect.base.Unless`.
_UNLESS: dict[str, Form] = {"none": WORDS, "none_window": _WINDOW, "none_overrides": WORDS}

#: What each kind of detector takes, besides `kind`.
DETECTORS: dict[str, Table] = {
    "terms": Table(
        keys={"list": TEXT, "terms": Listed(of=TEXT, least=1), "except": WORDS, "masked": Flag(), **_UNLESS}
    ),
    "regex": Table(
        keys={
            "pattern": TEXT,
            "triggers": WORDS,
            "context": _SOME,
            "context_window": _WINDOW,
            "window": _WINDOW,
            "guard": TEXT,
            "marks": TEXT,
            "allow_list": TEXT,
            "view": _VIEW,
            **_UNLESS,
        },
        needs=("pattern", "triggers"),
    ),
    "near": Table(
        keys={"groups": Listed(of=_SOME, least=2), "window": _WINDOW, "across": Flag(), **_UNLESS},
        needs=("groups", "window"),
    ),
    "require": Table(
        keys={"if_any": _SOME, "must_match": Listed(of=TEXT, least=1), **_UNLESS}, needs=("if_any", "must_match")
    ),
    "number": Table(
        keys={
            "validator": Text(
                pattern=r"jp\.(mynumber|residentcode|phone|pension)|card|digits:[1-9]\d?(-[1-9]\d?)?",
                shown="jp.mynumber",
            ),
            "label": WORDS,
            "context": WORDS,
            "context_required": Flag(),
            "window": _WINDOW,
            "context_window": _WINDOW,
            "alone": _LIKENESS,
            "most": _LIKENESS,
            "none": WORDS,
            "none_window": _WINDOW,
            "allow_list": TEXT,
        },
        needs=("validator",),
    ),
    "name": Table(keys={"require": TEXT, "allow_list": TEXT, "suppress_list": TEXT}),
    "chars": Table(keys={"set": TEXT, "view": _VIEW, "mixed_script": Flag()}, needs=("set",)),
    "date": Table(keys={"check": Choice(("weekday_mismatch",))}, needs=("check",)),
    "time": Table(
        keys={
            "outside": _HOURS,
            "inside": Text(pattern=rf"(?:workday\s+)?{_HOURS.pattern}", shown="workday 08:30-17:15"),
            "zone": TEXT,
            "unless_topic": Choice(("emergency",)),
            "and_terms": _SOME,
            **_UNLESS,
        }
    ),
    "url": Table(
        keys={
            "check": Choice(("host_in", "host_not_in", "scheme_not")),
            "list": TEXT,
            "scheme": TEXT,
            "default": Listed(of=TEXT),
            "default_regex": TEXT,
        },
        needs=("check",),
    ),
    "media": Table(keys={"check": Choice(("alt_missing", "alt_regex", "exif_gps")), "pattern": TEXT}, needs=("check",)),
    "hashtag": Table(keys={"max": Whole(least=0), "camel_case_min": Whole(least=1)}, needs=("max", "camel_case_min")),
    "account": Table(keys={"check": Choice(("approval_recorded", "repost_target_in")), "list": TEXT}, needs=("check",)),
    "plain": Table(keys={"list": TEXT, "max_sentence": Whole(least=1)}, needs=("list", "max_sentence")),
    "style": Table(keys={"check": Choice(("mixed_desu_dearu",))}, needs=("check",)),
    "question": Table(keys={"ask": BOTH, "triggers": WORDS, **_UNLESS}, needs=("ask",)),
}

_DETECT = OneOf(kinds=DETECTORS)
#: What one rule finds, however it finds it.
DETECT = Defined("detect", _DETECT)
#: Kinds of which another kind, `any`, can hold several.
_PARTS = ("near", "number", "regex", "terms")
#: One of several detectors of a rule; what it finds may weigh less than the rest.
PART = Defined(
    "part",
    OneOf(
        kinds={
            kind: attrs.evolve(
                DETECTORS[kind],
                keys={**DETECTORS[kind].keys, "severity": Choice((Severity.REVIEW, Severity.ADVISE))},
            )
            for kind in _PARTS
        }
    ),
)
DETECTORS["any"] = Table(keys={"of": Listed(of=PART, least=1)}, needs=("of",))

#: Keys of detectors that name a list.
LIST_KEYS = ("list", "allow_list", "suppress_list")
#: Keys of detectors that hold words, as `WORDS` describes.
WORD_KEYS = ("terms", "except", "triggers", "label", "context", "none", "none_overrides", "if_any", "and_terms")
#: Keys of detectors that hold a regular expression, or several.
PATTERN_KEYS = ("pattern", "guard", "must_match", "default_regex")

#: Kinds that look at something other than words; no text alone shows what they find.
WITHOUT_TEXT = frozenset({"media", "time", "account", "question"})

_NEEDS_SAYING = ("ja", "en")
_BOTH_KEYS: dict[str, Form] = {"ja": Text(prose=True), "en": Text(prose=True)}
#: How a program can mend a finding.
FIXES: dict[str, Table] = {
    "ask": Table(keys=_BOTH_KEYS, needs=_NEEDS_SAYING),
    "date_expand": Table(keys={}),
    "https": Table(keys={}),
    "mask": Table(keys={"keep": Whole(least=0, most=8)}),
    "nfkc": Table(keys={}),
    "replace": Table(keys={"with": TEXT}, needs=("with",)),
    "replace_map": Table(keys={"map": Named(of=Text(may_be_empty=True), name=r"[\s\S]+")}, needs=("map",)),
    "strip": Table(keys={}),
    "strip_exif": Table(keys={}),
    "weekday": Table(keys={}),
}

_BY_ANNOTATION: dict[str, Form] = {
    "bool | None": Flag(),
    "str | None": TEXT,
    "datetime | None": Moment(),
    "tuple[str, ...]": Listed(of=TEXT),
}

#: The circumstances of an example: the attributes of `civicsns.model.Context`.
CONTEXT = Table(keys={field.name: _BY_ANNOTATION.get(str(field.type), Anything()) for field in attrs.fields(Context)})

#: A picture of an example's draft.
PICTURE = Table(keys={"alt": Text(may_be_empty=True), "name": TEXT})

#: What else the draft of an example has.
DRAFT_FACTS = Table(
    keys={
        **{name: FACTS[name] for name in ("capacity", "lane", "reply", "quote", "correction")},
        "media": Either(Flag(), Listed(of=PICTURE, least=1)),
        "link": TEXT,
    },
    unknown=Mistake.UNKNOWN_FACT,
)

_ANY_TEXT = Text(may_be_empty=True)
EXAMPLE = Defined(
    "example",
    Either(
        _ANY_TEXT,
        Table(
            keys={"text": _ANY_TEXT, "context": CONTEXT, "facts": DRAFT_FACTS, "finds": TEXT},
            needs=("text",),
        ),
    ),
)
_EXAMPLES = Listed(of=EXAMPLE)

_CODE = Text(pattern=r"[A-Z]{2,6}\d{3}", mistake=Mistake.CODE_FORM, shown="PII001")

RULE = Table(
    keys={
        "code": _CODE,
        "title": BOTH,
        "severity": Choice(tuple(Severity)),
        "waivable": Flag(),
        "legal": Listed(of=TEXT),
        "message": BOTH,
        "explain": BOTH,
        "mend": BOTH,
        "when": _WHEN,
        "begins": Day(),
        "ends": Day(),
        "fix": OneOf(kinds=FIXES, mistake=Mistake.UNKNOWN_VALUE),
        "must_flag": _EXAMPLES,
        "must_pass": _EXAMPLES,
        "known_miss": _EXAMPLES,
        "limits": BOTH,
        "detect": DETECT,
    },
    needs=("code", "title", "severity", "legal", "message", "mend", "detect"),
)

LAW = Table(
    keys={"title": BOTH, "short": BOTH, "number": Text(may_be_empty=True), "egov": Text(may_be_empty=True)},
    needs=("title", "short"),
)

#: How well a citation is known; see `civicsns.policy.pack.Citation`.
SEEN = ("text", "secondary", "unseen", "local")

CITATION = Table(
    keys={
        "key": Text(pattern=r"[\w\-]+:\S+", shown="chikoho:34-1"),
        "says": BOTH,
        "binds": BOTH,
        "threatens": BOTH,
        "seen": Choice(SEEN),
        "version": Day(),
        "source": Text(may_be_empty=True),
        "confirmed": Text(may_be_empty=True),
    },
    needs=("key", "says", "seen"),
)

_FAMILY = Named(of=BOTH, name="[A-Z]{2,6}", shown="PII", mistake=Mistake.CODE_FORM)
_CONTENTS: dict[str, Form] = {
    "schema": Whole(least=1),
    "family": _FAMILY,
    "law": Named(of=LAW, shown="chikoho"),
    "citation": Listed(of=CITATION),
    "rule": Listed(of=RULE),
}

#: A file of a pack; a pack of several files has one `pack` in one of them.
PACK_FILE = Table(
    keys={
        **_CONTENTS,
        "pack": Table(
            keys={
                "id": Text(pattern=r"[a-z][a-z0-9\-]*", shown="my-city"),
                "version": Text(pattern=r"\d+(\.\d+)*", shown="1.0.0"),
                "title": BOTH,
            },
            needs=("id", "version", "title"),
        ),
        "list": Named(of=Listed(of=TEXT), shown="official_phones"),
    }
)

#: What the overlay says of one rule of the packs that it extends.
CHANGE = Table(
    keys={"severity": Choice(tuple(Severity)), "reason": Text(prose=True), "by": TEXT, "until": Day()},
    needs=("severity",),
)

#: A city's overlay, `policy.toml`.
OVERLAY_FILE = Table(
    keys={
        **_CONTENTS,
        "extends": Listed(of=TEXT, least=1),
        "lists": Named(of=Table(keys={"add": Listed(of=TEXT), "remove": Listed(of=TEXT)}), shown="official_phones"),
        "rules": Named(of=CHANGE, name=r"[A-Z]{2,6}\d{3}", shown="PII001", mistake=Mistake.CODE_FORM),
        "waivers": Table(keys={"by": Listed(of=TEXT)}, needs=("by",)),
    },
    needs=("schema", "extends"),
)


def schema(form: Table, *, title: str, name: str) -> dict[str, Any]:
    """
    Give the JSON schema of a file, draft 2020-12.

    TOML has dates, which JSON has not: they are strings there, in the form of RFC 3339.

    Args:
        form: The form of the file.
        title: What it is.
        name: The name of its file, by which editors find it.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        "title": title,
        **form.schema(),
        "$defs": {one.name: one.form.schema() for one in (BOTH, WORDS, _SOME, EXAMPLE, DETECT, PART)},
    }
