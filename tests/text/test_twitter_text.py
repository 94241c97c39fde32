from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from types import ModuleType

import pytest
from twitter_text import parse_tweet

from civicsns import text as package
from civicsns.text import entities, extract_urls, measure, weighted_length
from civicsns.text.knowledge import as_twitter_text, current
from civicsns.text.measures import Measure
from civicsns.text.weights import weigh

_INVALID = re.compile("[\ufffe\ufeff\uffff]")


def test_stored_answers(stored, answers):
    """
    Weight, URLs, hashtags, mentions, lists, cashtags and entities are those that npm's twitter-text 3.1.0 gave.
    """
    differing = [
        (case["text"], answers(case["text"], as_twitter_text))
        for case in stored
        if {key: case[key] for key in ("weight", "urls", "hashtags", "mentions", "cashtags", "entities")}
        != answers(case["text"], as_twitter_text)
    ]

    assert [] == differing
    assert len(stored) > 500


def test_stored_validity(stored):
    """
    A post that twitter-text calls valid weighs 1 to 280 and holds no invalid character, and the other way round.
    """
    ours = [
        (0 < weighted_length(case["text"]) <= 280 and not _INVALID.search(unicodedata.normalize("NFC", case["text"])))
        for case in stored
    ]

    assert [case["valid"] for case in stored] == ours
    assert {True, False} == set(ours)


def test_public_functions_know_what_twitter_text_knows(stored, answers):
    """
    Today's tables change no stored answer: none of the stored texts holds a newer emoji or domain.
    """
    differing = [
        case["text"] for case in stored if answers(case["text"], current) != answers(case["text"], as_twitter_text)
    ]

    assert [] == differing


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        # Unicode 13.1: heart on fire. Heart and fire count 2 each, and the joiner 1, where they are not known as one.
        ("❤️‍🔥", 2, 5),
        # Unicode 13: black cat; 15.1: head shaking horizontally; 12.1: health worker.
        ("🐈‍⬛", 2, 5),
        ("🙂‍↔️", 2, 5),
        ("🧑🏽‍⚕️", 2, 5),
    ],
)
def test_newer_emoji_count_two(text, ours, theirs):
    """
    An emoji sequence that Unicode added after twitter-text 3.1.0 counts 2, as every emoji does.
    """
    assert (ours, theirs) == (weighted_length(text), weigh(text, as_twitter_text))


@pytest.mark.parametrize("domain", ["aoba.kids", "例え.アマゾン"])
def test_newer_domains_make_urls(domain):
    """
    A top-level domain that IANA added after twitter-text 3.1.0 makes a URL.
    """
    text = f"http://{domain}/ です"

    assert [f"http://{domain}/"] == [url.value for url in extract_urls(text)]
    assert 23 + 1 + 4 == weighted_length(text)


def test_dropped_domains_stay():
    """
    A top-level domain that IANA has dropped since still makes a URL, as in twitter-text.
    """
    assert 23 == weighted_length("example.afamilycompany")


def test_unqualified_newer_emoji_count_by_character():
    """
    A newer sequence without its variation selectors counts by its characters: too long is safer than too short.
    """
    assert 5 == weighted_length("❤‍🔥")


def test_half_characters_count_two():
    """
    Half a character counts 2, as in twitter-text; two halves side by side are the character they make.
    """
    assert 2 == weighted_length("\ud83d")
    assert 2 == weighted_length("\ude00")
    assert 2 == weighted_length("\ud83d\ude00")
    assert 4 == weighted_length("\ude00\ud83d")


def test_spans_count_halves_as_the_text_does():
    """
    Spans hold in the text as given, although two halves are read as one character.
    """
    text = "\ud83d\ude00 #a"

    [tag] = entities(text)

    assert "#a" == text[tag.start : tag.end]


@pytest.mark.parametrize("text", ["青葉市です。https://example.com/ #青葉 @aoba 👨‍👩‍👧 e\u0301", "a" * 280, "あ" * 140])
def test_second_oracle(text):
    """
    PyPI's twitter-text-parser, an independent port, weighs ordinary posts alike.
    """
    assert parse_tweet(text).weightedLength == weighted_length(text)
    assert weighted_length(text) == measure(text, Measure.X)


def test_tables_are_not_loaded_for_a_plain_post(tmp_path):
    """
    Neither the package nor a post without a dot or an emoji sequence loads the big tables.
    """
    program = (
        "import sys, civicsns, civicsns.text as text\n"
        "assert text.weighted_length('青葉市です。') == 12\n"
        "from civicsns.text import knowledge\n"
        "assert knowledge.current.cache_info().currsize == 0\n"
        "assert 'regex' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (0, "") == (done.returncode, done.stderr)


def test_entities_do_not_overlap(stored):
    """
    Entities are in order, apart, and their text is what stands at their place.
    """
    for case in stored:
        found = entities(case["text"])
        ends = [0, *(entity.end for entity in found)]

        assert all(end <= entity.start for end, entity in zip(ends, found, strict=False))
        assert all(len(entity.text) <= entity.end - entity.start for entity in found)


def test_exports():
    """
    What the package names is what it has, in order.
    """
    public = sorted(
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    )

    assert public == package.__all__
