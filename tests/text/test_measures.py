from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from civicsns.text import Measure, measure
from civicsns.text.measures import graphemes, mastodon_links


@pytest.mark.parametrize(
    ("text", "x", "facebook", "bluesky", "mastodon"),
    [
        ("", 0, 0, 0, 0),
        ("青葉市", 6, 3, 3, 3),
        ("a\r\nb", 4, 4, 3, 3),
        ("👨‍👩‍👧‍👦", 2, 11, 1, 1),
        ("🇯🇵🇯🇵", 4, 8, 2, 2),
        ("か\u3099", 2, 2, 1, 1),
        ("क्षि", 4, 4, 1, 1),
        ("https://example.com/a/long/path?with=query", 23, 42, 42, 23),
        ("example.com", 23, 11, 11, 11),
        # Mastodon lets a path run on in Japanese, twitter-text does not.
        ("https://ja.wikipedia.org/wiki/日本", 23 + 4, 32, 32, 23),
        ("https://ja.wikipedia.org/wiki/日本)", 23 + 5, 33, 33, 24),
        ("https://ja.wikipedia.org/wiki/日本_(国)", 32, 36, 36, 23),
        ("gemini://example.com/", 21, 21, 21, 23),
        ("@aoba@social.example さん", 25, 23, 23, 5 + 3),
        ("@aoba さん", 10, 8, 8, 8),
        ("/@aoba@social.example a@aoba@social.example", 43, 43, 43, 43),
        ("@aoba@social.example@", 21, 21, 21, 21),
    ],
)
def test_each_network_counts_in_its_own_way(text, x, facebook, bluesky, mastodon):
    """
    X counts weights, Facebook UTF-16 units, Bluesky graphemes, Mastodon graphemes with short links and mentions.
    """
    counted = {by: measure(text, by) for by in Measure}

    assert {Measure.FACEBOOK: facebook, Measure.BLUESKY: bluesky, Measure.MASTODON: mastodon, Measure.X: x} == counted


@given(st.text(alphabet=st.characters(codec=None)))
def test_facebook_never_counts_less_than_code_points(text):
    """
    A text that fits Facebook by our count fits by code points and by graphemes too.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")

    assert measure(text, Measure.FACEBOOK) >= len(whole) >= measure(text, Measure.BLUESKY)


@given(
    st.lists(
        st.sampled_from(["https://", "a.jp", "/", "日", "(", ")", "@a", "@b.c", " ", "?", "!", "。", "@"]), max_size=12
    )
)
def test_mastodon_links_are_apart(words):
    """
    What Mastodon makes into links does not overlap, and takes no white space in.
    """
    text = "".join(words)
    links = list(mastodon_links(text))

    assert all(before.end <= after.start for before, after in pairwise(links))
    assert not any(" " in text[link.start : link.end] for link in links)


def test_the_number_of_bytes_is_not_counted():
    """
    Bluesky's measure is graphemes: 120 families are 120, although they take 3,000 bytes.
    """
    assert 120 == measure("👨‍👩‍👧‍👦" * 120, Measure.BLUESKY)


@given(st.text(alphabet="🇯🇵a\u0301\u200d👩", max_size=150))
def test_graphemes_are_those_of_the_pattern(text):
    """
    Looking at long rows of flags piece by piece gives the clusters that looking at them whole gives.
    """
    assert [found.span() for found in regex.finditer(r"\X", text)] == list(graphemes(text))


def test_long_rows_of_flags_are_looked_at_piece_by_piece(monkeypatch):
    """
    The pattern never sees a long row of regional indicators, for each of which it would go back to the first.
    """
    seen = []

    def clusters(text, start, end):
        seen.append(end - start)
        yield start, end

    monkeypatch.setattr("civicsns.text.measures._clusters", clusters)
    list(graphemes("🇯" * 1001))

    assert 32 == max(seen)
    assert 1001 == sum(seen)
