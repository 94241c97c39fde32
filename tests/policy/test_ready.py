"""What is kept ready of a pack is what a policy would learn of it, and is taken only as far as the pack is unchanged."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.model import Context, Draft, Finding
from civicsns.policy import ready
from civicsns.policy.engine import Policy
from civicsns.policy.pack import joined
from civicsns.policy.packfile import builtin
from civicsns.policy.sounds import Vocabulary, sounding, sounds_at, stems, vocabulary
from civicsns.policy.spellings import Lookup, Spellings, with_gaps

PACKS = Path(str(files("civicsns.policy") / "packs"))
PACK = builtin("jp-municipal")
POLICY = Policy(PACK)
PLAIN = Policy(attrs.evolve(PACK, ready=None))
TEXTS = [one.text for rule in PACK.rules[::9] for one in (*rule.must_flag[:2], *rule.must_pass[:1])]


def _found(policy: Policy, text: str) -> list[Any]:
    return policy.check(Draft(author="1", text=text, accounts=("a",)), Context())


def _rules(policy: Policy, text: str) -> set[str]:
    return {one.rule for one in _found(policy, text) if isinstance(one, Finding)}


@pytest.mark.parametrize(("name", "policy"), [("base", Policy(builtin("base"))), ("jp_municipal", PLAIN)])
def test_what_is_kept_is_what_a_policy_learns(name, policy):
    """
    The files beside a pack say what its TOML gives, with the code as it is.
    """
    plain = Policy(attrs.evolve(policy.pack, ready=None))
    kept = policy.pack.ready or PACK.ready
    assert kept is not None
    learnt = ready.written(kept.digest, *plain.learnt())
    words = ready.written_words(kept.digest, vocabulary(plain.detectors))

    assert (PACKS / f"{name}.index").read_bytes() == learnt.encode()
    assert (PACKS / f"{name}.words").read_bytes() == words.encode()


def test_a_policy_that_was_ready_finds_the_same():
    """
    Nothing is found that would not be found otherwise, and nothing is missed.
    """
    assert [_found(POLICY, text) for text in TEXTS] == [_found(PLAIN, text) for text in TEXTS]


def test_it_learns_nothing_again():
    """
    Detectors whose words are known are made when they are asked, and not before.
    """
    policy = Policy(PACK)

    assert len(policy._detectors) < len(policy._detectors.later) / 10


def test_what_an_overlay_adds_to_a_list_is_learnt():
    """
    A rule whose list has one word more finds it; the others are ready.
    """
    lists = {name: (*words, "ゑひもせすん") for name, words in PACK.lists.items()}
    changed = Policy(attrs.evolve(PACK, lists=lists))
    plain = Policy(attrs.evolve(PACK, lists=lists, ready=None))
    text = "ゑひもせすんの件"

    assert _rules(changed, text) == _rules(plain, text) > _rules(POLICY, text)
    assert [_found(changed, text) for text in TEXTS] == [_found(plain, text) for text in TEXTS]


def test_packs_together_find_the_same():
    """
    Behind another pack, whose rules have the first numbers, what is ready of a pack is taken for its rules.
    """
    both = joined(builtin("base"), PACK)
    known, plain = Policy(both), Policy(attrs.evolve(both, ready=None))

    assert len(known._detectors.later) > len(known._detectors)
    assert [_found(known, text) for text in TEXTS] == [_found(plain, text) for text in TEXTS]


@pytest.mark.parametrize("kept", ["", "0\n{}\n", "missing"])
def test_what_is_kept_of_other_files_is_not_taken(tmp_path, kept):
    """
    Where the digest is another, or the file is broken or missing, everything is learnt as usual.
    """
    place = tmp_path / "kept"
    if kept != "missing":
        place.write_text(kept, encoding="utf-8")
    assert PACK.ready is not None
    stale = attrs.evolve(PACK.ready, kept=place, words=place)

    assert stale.fitting(PACK) is None
    assert stale.vocabulary() is None


def test_each_that_sounds_is_found_by_a_piece():
    """
    Of whatever tells that a word stands in a text as it sounds, a piece is looked for.
    """
    known = stems()
    missed = [
        one
        for one in sounding()
        if not any(
            sounds_at(one, place, known.get(one[place : place + size], ""))
            for place in range(len(one))
            for size in range(1, 5)
        )
    ]

    assert missed == []
    assert not sounds_at("ぬぬぬぬ", 1, "14")


@given(st.lists(st.text("あい〇市民", min_size=3, max_size=6), max_size=8), st.text("あい〇市民", max_size=14))
def test_letters_left_out_are_guessed(words, text):
    """
    What is guessed where circles stand is what has the same letters elsewhere.
    """
    spellings = Spellings(Vocabulary(*(Counter(set(words)) for _ in range(2))))
    meant: dict[str, set[str]] = {}
    for key, forms in spellings._forms.items():
        for variant in with_gaps(key) if key in spellings._guesses.order else ():
            meant.setdefault(variant, set()).update(form.word for form in forms)
    expected = {
        (start, end): meant[text[start:end]]
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if text[start:end] in meant
    }
    guessed = {(start, end): set(found) for found, start, end in spellings.guessed(text)}

    assert guessed == expected


@given(st.sets(st.text("ab", min_size=2, max_size=6), max_size=8), st.text("abc", max_size=14))
def test_pieces_are_found(pieces, text):
    """
    Each place where a piece stands is given, and no other.
    """
    found = Lookup({piece: piece for piece in pieces}).find(text)
    expected = [
        (piece, start, start + len(piece))
        for piece in pieces
        for start in range(len(text))
        if text.startswith(piece, start)
    ]

    assert sorted(found) == sorted(expected)


def test_one_thread_makes_the_words_and_the_others_wait():
    """
    Of threads that meet a disguise at the same time, all read the same, and the words are put together once.
    """
    policy = Policy(PACK)
    restorer: Any = policy._rereader._restorer
    asked: list[int] = []
    given_by = restorer._vocabulary

    def given() -> Any:
        asked.append(1)
        return given_by()

    restorer._vocabulary = given
    together = Barrier(4)
    found: list[set[str]] = []

    def check() -> None:
        together.wait()
        found.append(_rules(policy, "せんきょでは あの候補に とうひょうしてください"))

    threads = [Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(asked) == 1
    assert found == [_rules(POLICY, "せんきょでは あの候補に とうひょうしてください")] * 4
