from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.text.canonical import canonical

_MARKS = "\u0301\u0323\u0345\u093c\u3099\u0344\u0f73\u0f71\u0f74\u05b0\u0327"


@given(
    st.text(alphabet="aeか\u1100\u1161ạ" + _MARKS, min_size=1, max_size=40),
    st.text(alphabet=_MARKS, min_size=1, max_size=6),
    st.integers(0, 150),
)
def test_canonical_is_nfc(head, marks, times):
    """
    The detour for long runs of marks gives what unicodedata gives.
    """
    text = head + marks * times + head

    assert unicodedata.normalize("NFC", text) == canonical(text)


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73", "\u0344\u0323"])
def test_marks_are_sorted_before_normalize_sees_them(marks, monkeypatch):
    """
    What reaches unicodedata is in canonical order already, which it passes over in linear time.
    """
    seen = []
    real = unicodedata.normalize

    def normalize(form, text):
        if len(text) > 1:
            seen.append(real("NFD", text) == text)
        return real(form, text)

    monkeypatch.setattr("civicsns.text.canonical.unicodedata.normalize", normalize)
    canonical("a" + marks * 1000)

    assert [True] == seen
