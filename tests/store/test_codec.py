"""What is written is what is read: every value, however odd."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import (
    Allowance,
    Delivery,
    DeliveryState,
    Fact,
    Failure,
    Lane,
    Media,
    PostRef,
    Proof,
    Receipt,
    Rendition,
    Upload,
)
from civicsns.store.sql import codec
from civicsns.testing.store_contract import delivery as planned

ZONES = [UTC, timezone(timedelta(hours=9, minutes=18, seconds=59)), *map(ZoneInfo, ("Asia/Tokyo", "America/New_York"))]

# All characters, halves of surrogate pairs and U+0000 among them.
texts = st.text(st.characters(exclude_categories=()))


def _moment(wall, zone, fold):
    moment = wall.replace(tzinfo=zone, fold=fold)
    # `fold` says something only of an hour that comes twice or never; elsewhere it is not kept.
    return moment if moment.utcoffset() != moment.replace(fold=0).utcoffset() else moment.replace(fold=0)


moments = st.builds(
    _moment,
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 -- a zone follows
    st.sampled_from(ZONES),
    st.sampled_from([0, 1]),
)
keys = st.sampled_from(["$tuple", "$mapping", "$bytes", "$datetime", "$dict"]) | texts
bodies = st.dictionaries(
    keys,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.binary() | moments,
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(keys, inner)
            | st.dictionaries(keys, inner).map(MappingProxyType)
        ),
        max_leaves=8,
    ),
    max_size=4,
)
facts = st.dictionaries(texts, texts, max_size=3)
sentences = st.builds(Bilingual, ja=st.text(min_size=1), en=st.text(min_size=1))
posts = st.builds(PostRef, platform=texts, id=texts)
media = st.builds(
    Media, content=st.binary(), media_type=st.sampled_from(["image/png", "video/mp4"]), alt_text=st.none() | texts
)
renditions = st.builds(
    Rendition,
    platform=texts,
    account=texts,
    network_id=texts,
    text=texts,
    body=bodies,
    media=st.lists(media, max_size=2),
    uploads=st.lists(st.builds(Upload, digest=texts, id=texts, key=texts, ready_after=st.none() | moments), max_size=2),
    reply_to=st.none() | posts,
    key=texts,
)
receipts = st.builds(
    Receipt,
    platform=texts,
    account=texts,
    post_id=texts,
    url=texts,
    at=moments,
    proof=st.sampled_from(Proof),
    scheduled_for=st.none() | moments,
    allowances=st.lists(
        st.builds(
            Allowance,
            scope=texts,
            window=texts,
            used=st.floats(0, 2),
            remaining=st.none() | st.integers(),
            resets_at=st.none() | moments,
        ),
        max_size=2,
    ),
    raw=bodies,
)
failures = st.builds(Failure, outcome=texts, what=sentences, mend=sentences, at=moments, evidence=facts)
deliveries = st.builds(
    Delivery,
    id=texts,
    draft=texts,
    rendition=renditions,
    state=st.sampled_from(DeliveryState),
    version=st.integers(0),
    attempts=st.integers(0),
    unreached=st.integers(0),
    unclear=st.integers(0),
    prefer_duplicate=st.booleans(),
    risked=st.integers(0),
    lane=st.sampled_from(Lane),
    not_before=st.none() | moments,
    not_after=st.none() | moments,
    intent_at=st.none() | moments,
    open_since=st.none() | moments,
    follows=st.none() | texts,
    receipt=st.none() | receipts,
    failure=st.none() | failures,
)


def zones(value):
    """Give every time in *value* as it reads on the wall: equal instants in other zones are told apart."""
    if isinstance(value, datetime):
        return [(value.isoformat(), getattr(value.tzinfo, "key", None))]
    if attrs.has(type(value)):
        return [found for field in attrs.fields(type(value)) for found in zones(getattr(value, field.name))]
    if isinstance(value, (list, tuple)):
        return [found for item in value for found in zones(item)]
    return []


def there_and_back(delivery):
    files = {medium.digest: medium.content for medium in delivery.rendition.media}
    return codec.delivery_from(
        id=delivery.id,
        draft=delivery.draft,
        state=delivery.state.value,
        version=delivery.version,
        lane=delivery.lane.value,
        follows=delivery.follows,
        rendition=codec.rendition_from(codec.rendition_bytes(delivery.rendition), files.__getitem__),
        progress=codec.progress_bytes(delivery),
    )


@given(deliveries)
def test_a_delivery_comes_back(delivery):
    """
    A delivery that is written and read is the same in every field, to the type, the zone and the digest.
    """
    back = there_and_back(delivery)

    assert delivery == back
    assert zones(delivery) == zones(back)
    assert repr(delivery.rendition.body) == repr(back.rendition.body)
    assert delivery.rendition.digest == back.rendition.digest
    if delivery.receipt is not None:
        assert repr(delivery.receipt.raw) == repr(back.receipt.raw)


@given(moments)
@example(datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York")))
@example(datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1))
@example(datetime(2026, 3, 8, 2, 30, tzinfo=ZoneInfo("America/New_York")))
def test_a_time_comes_back(moment):
    """
    A time comes back as the same instant and the same hour on the wall, in the hour that comes twice and in the
    one that never comes, too.
    """
    back = codec._moment_exactly(codec._moment(moment))

    assert moment.astimezone(UTC) == back.astimezone(UTC)
    assert moment.isoformat() == back.isoformat()


def test_a_time_is_written_as_the_standard_says():
    """
    A time carries the name of its zone, as in RFC 9557, and one in an unknown zone is still the same instant.
    """
    moment = datetime(2026, 4, 1, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))

    assert "2026-04-01T09:00:00+09:00[Asia/Tokyo]" == codec._moment(moment)
    assert moment == codec._moment_exactly("2026-04-01T09:00:00+09:00[Mars/Olympus]")


def test_a_zone_whose_rules_changed():
    """
    Where a zone has other rules now than when a time was written, the instant stands.
    """
    back = codec._moment_exactly("2026-04-01T09:00:00+10:00[Asia/Tokyo]")

    assert datetime(2026, 3, 31, 23, 0, tzinfo=UTC) == back
    assert ZoneInfo("Asia/Tokyo") == back.tzinfo


@pytest.mark.parametrize("body", [{"a": object()}, {"a": {1: "b"}}, {"a": [MappingProxyType({1: 2})]}, {"a": {1, 2}}])
def test_what_cannot_be_kept_is_refused(body):
    """
    A body with a part that could not be read back is refused before anything is sent.
    """
    with pytest.raises(BadInput, match="cannot be kept"):
        codec.rendition_bytes(Rendition(platform="x", account="a", text="文", body=body))


def test_an_answer_is_kept_whatever_it_is():
    """
    What a network answered never stands in the way of writing down that the post went out.
    """
    receipt = Receipt(platform="x", account="a", post_id="1", at=datetime.now(UTC), raw={"a": {1, 2}, "b": {3: 4}})
    delivery = Delivery(
        id="a", draft="0", rendition=Rendition(platform="x", account="a", text="文", body={}), receipt=receipt
    )

    assert {"a": "{1, 2}", "b": "{3: 4}"} == there_and_back(delivery).receipt.raw


def test_it_reads_as_text():
    """
    What is kept reads as Japanese with any tool, and media are in it by their digest alone.
    """
    medium = Media(content=b"a" * 9999, media_type="image/png")
    written = codec.rendition_bytes(Rendition(platform="x", account="a", text="朝市は中止", body={}, media=[medium]))

    assert '"text":"朝市は中止"' in written.decode()
    assert medium.digest in written.decode()
    assert len(written) < 500


@given(st.builds(Fact, kind=texts, key=texts, version=st.integers(0), value=bodies))
def test_a_fact_comes_back(fact):
    """
    A fact that is written and read is the same; and the order of its parts makes no difference to its bytes.
    """
    stored = codec.value_bytes(fact)
    turned = attrs.evolve(fact, value=dict(reversed(fact.value.items())))

    assert fact == codec.fact_from(kind=fact.kind, key=fact.key, version=fact.version, value=stored)
    assert stored == codec.value_bytes(turned)


def test_a_delivery_of_before_there_was_the_choice():
    """
    What an earlier version wrote is nobody's choice to have it twice.
    """
    whole = planned("a")
    progress = json.loads(codec.progress_bytes(whole))
    del progress["prefer_duplicate"], progress["risked"]
    back = codec.delivery_from(
        id="a",
        draft=whole.draft,
        state=whole.state.value,
        version=0,
        lane=whole.lane.value,
        follows=None,
        rendition=whole.rendition,
        progress=json.dumps(progress).encode(),
    )

    assert whole == back
