from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.errors import BadInput
from civicsns.model import Record
from civicsns.records.body import canonical, moment, opened, stamp

AT = datetime(2026, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))
texts = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    Record,
    at=st.datetimes(timezones=st.just(UTC)),
    subject=texts,
    event=texts,
    by=texts,
    facts=st.dictionaries(texts, texts, max_size=4),
)


def test_a_body_is_json_in_one_form():
    """
    Keys in order, no spaces, UTC with six decimals, Japanese as it is, and the escapes of RFC 8785, 3.2.2.2.
    """
    record = Record(at=AT, subject='投稿\u20ac$\u000f\n"\\/', event="e", by="1001", facts={"z": "1", "a": "2"})

    assert (
        '{"at":"2026-04-01T00:00:00.000000Z","by":"1001","event":"e","facts":{"a":"2","z":"1"},'
        '"subject":"投稿€$\\u000f\\n\\"\\\\/"}'
    ) == canonical(record).decode()


def test_keys_are_ordered_by_utf_16():
    """
    The order is that of the example in RFC 8785, 3.2.3: an emoji, above U+FFFF, stands before U+FB33.
    """
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical(Record(at=AT, subject="", event="", facts=dict.fromkeys(names, "")))

    assert ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"] == list(json.loads(written)["facts"])


@given(records)
def test_a_body_opens_to_its_record(record):
    """
    What was written opens to an equal record, and writes again to the same bytes.
    """
    assert record == opened(canonical(record))
    assert dict(record.facts) == dict(opened(canonical(record)).facts)
    assert canonical(record) == canonical(opened(canonical(record)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"by":"1001"', b'"by": "1001"'),
        (b'"by":"1001",', b'"by":"1001","by":"1001",'),
        (b'"by":"1001",', b""),
        (b'"by":"1001",', b'"by":1001,'),
        (b'{"a":"2","z":"1"}', b'{"z":"1","a":"2"}'),
        (b'{"a":"2","z":"1"}', b'{"a":"2","z":1}'),
        (b'{"a":"2","z":"1"}', b'{"a":"2","z":"0","z":"1"}'),
        (b'{"a":"2","z":"1"}', b"[]"),
        (b"00.000000Z", b"00Z"),
        (b"00.000000Z", b"00.000000+00:00"),
        (b"2026-04-01", b"2026-04-31"),
        (b'"subject":"s"', b'"subject":"\\u0073"'),
        (b'"subject":"s"', b'"subject":"\\ud800"'),
        (b'"subject":"s"', b'"subject":"\xff"'),
        (b'"subject":"s"}', b'"subject":"s","text":""}'),
        (b'"subject":"s"}', b'"subject":"s"}}'),
    ],
)
def test_no_other_form_opens(old, new):
    """
    A second way of writing the same, or anything that is no record, is refused.
    """
    body = canonical(Record(at=AT, subject="s", event="e", by="1001", facts={"a": "2", "z": "1"}))
    assert old in body

    with pytest.raises(ValueError):  # noqa: PT011 -- json, Unicode and datetime word it each in their way
        opened(body.replace(old, new))


def test_half_a_character_is_refused_without_showing_the_text():
    """
    A lone surrogate has no form in UTF-8; the error names the record, and does not quote the text.
    """
    with pytest.raises(BadInput) as caught:
        canonical(Record(at=AT, subject="delivery-1", event="e", facts={"note": "花子\ud83d"}))

    assert "e: delivery-1" == caught.value.place
    assert "花子" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_time_has_one_form():
    """
    A time is written in UTC with six decimals, whatever its zone was; no other form is read, and none without a zone.
    """
    assert "2026-04-01T00:00:00.000000Z" == stamp(AT)
    assert moment(stamp(AT)) == AT
    with pytest.raises(ValueError, match="canonical"):
        moment("2026-04-01T09:00:00.000000+09:00")
    with pytest.raises(BadInput):
        stamp(datetime(2026, 4, 1))  # noqa: DTZ001 -- the point of the test
