"""Values: frozen, checked when made, and silent about secrets."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    CivicsnsError,
    OutcomeUnknown,
    RateLimited,
    UnknownReason,
    WentOut,
)
from civicsns.language import Bilingual, Language
from civicsns.model import (
    Credential,
    CredentialKind,
    Draft,
    Media,
    MediaKind,
    Poll,
    PostRef,
    Rendition,
    ReplySettings,
    Secret,
    Severity,
    Upload,
    Verdict,
)

PLANTED = "PLANTED-7f3a"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
WORDS = Bilingual("何か", "something")
NAIVE = datetime(2026, 4, 1, 9, 0)  # noqa: DTZ001 -- naive on purpose


@pytest.mark.parametrize("render", [str, repr, "{}".format, "{!r:>20}".format, lambda secret: f"{secret:>30}"])
def test_a_secret_does_not_show_itself(render):
    """
    No way of turning a secret into text shows it.
    """
    assert PLANTED not in render(Secret(PLANTED))


def test_a_secret_is_not_serialised():
    """
    Pickle and JSON refuse a secret; copying gives the same object, not a second text.
    """
    secret = Secret(PLANTED)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError):
        json.dumps(secret)

    assert copy.deepcopy(secret) is secret
    assert secret == Secret(PLANTED)
    assert secret != Secret("other")
    assert not Secret("")


def test_a_credential_does_not_show_its_secrets():
    """
    Neither its repr nor the error for a missing token shows one.
    """
    credential = Credential(
        platform="x", kind=CredentialKind.X_OAUTH1, secrets={"access_token": Secret(PLANTED)}, subject="1"
    )
    try:
        credential.secret("refresh_token")
    except KeyError:
        shown = traceback.format_exc()

    assert PLANTED not in repr(credential) + shown
    assert PLANTED == credential.secret("access_token")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Draft(author="1", text="a", accounts=["x"], not_before=NAIVE),
        lambda: Draft(author="1", text="a", accounts=["x"], publish_at=NAIVE),
        lambda: Credential(platform="x", kind=CredentialKind.OTHER, secrets={}, expires_at=NAIVE),
    ],
)
def test_a_time_without_zone_is_refused(make):
    """
    A naive datetime is refused where it is handed in, with the field's name and an example.
    """
    with pytest.raises(BadInput, match="has no time zone") as raised:
        make()

    assert "." in raised.value.place
    assert "ZoneInfo" in raised.value.mend.ja


CHANGES: dict[str, Any] = {
    "author": "2",
    "text": "別の文",
    "accounts": ("y",),
    "variants": {"x": "短く"},
    "media": (Media(content=PNG, media_type="image/png"),),
    "link": "https://example.com/",
    "reply_to": PostRef(platform="x", id="1"),
    "quote": PostRef(platform="x", id="1"),
    "poll": Poll(options=("a", "b"), minutes=5),
    "reply_settings": ReplySettings.MENTIONED,
    "capacity": "private",
    "not_before": datetime(2026, 4, 1, tzinfo=UTC),
    "not_after": datetime(2026, 4, 1, tzinfo=UTC),
    "lane": "emergency",
    "prefer_duplicate": True,
    "publish_at": datetime(2026, 4, 1, tzinfo=UTC),
    "corrects": "0" * 64,
    "thread": True,
    "extra": {"x": {"made_with_ai": True}},
}


def test_changes_cover_every_field():
    """
    A field added to `Draft` is added to the digest, or this fails.
    """
    assert {field.name for field in attrs.fields(Draft)} == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_the_digest_covers_every_field(name: str):
    """
    A decision made on one draft never covers another that differs in any field.
    """
    draft = Draft(author="1", text="文", accounts=["x"])

    assert draft.digest != attrs.evolve(draft, **{name: CHANGES[name]}).digest
    assert draft.digest == attrs.evolve(draft).digest


def test_the_digest_covers_the_alt_text():
    """
    The words that describe a picture are words that go out.
    """
    with_alt = [Media(content=PNG, media_type="image/png", alt_text=alt) for alt in (None, "牛", "馬")]
    digests = {Draft(author="1", text="文", accounts=["x"], media=[item]).digest for item in with_alt}

    assert 3 == len(digests)


def test_the_digest_of_a_rendition_covers_what_the_public_sees():
    """
    Text, body, files, alt texts and the post that is answered count; what was uploaded meanwhile does not.
    """
    picture = Media(content=PNG, media_type="image/png", alt_text="牛")
    plain = Rendition(platform="x", account="a", text="文", body={"text": "文"}, media=[picture])
    uploaded = attrs.evolve(plain, uploads=[Upload(digest=picture.digest, id="1")])
    others = [
        attrs.evolve(plain, text="別"),
        attrs.evolve(plain, body={"text": "別"}),
        attrs.evolve(plain, media=[]),
        attrs.evolve(plain, media=[attrs.evolve(picture, alt_text="馬")]),
        attrs.evolve(plain, reply_to=PostRef(platform="x", id="1")),
        attrs.evolve(plain, account="b"),
        attrs.evolve(plain, platform="y"),
    ]

    assert plain.digest == uploaded.digest
    assert len(others) + 1 == len({plain.digest, *(other.digest for other in others)})


def test_the_digest_takes_any_text():
    """
    A lone surrogate, which no network takes, still has a digest, so that it can be refused in words.
    """
    assert 64 == len(Draft(author="1", text="\ud83d", accounts=["x"]).digest)


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (PNG, "image/png", MediaKind.IMAGE),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 32, "image/jpeg", MediaKind.IMAGE),
        (b"GIF89a" + b"\x00" * 32, "image/gif", MediaKind.GIF),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 32, "image/webp", MediaKind.IMAGE),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 32, "video/mp4", MediaKind.VIDEO),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00" * 32, "video/mp4", MediaKind.VIDEO),
    ],
)
def test_media_are_recognised_by_their_bytes(content: bytes, media_type: str, kind: MediaKind):
    """
    The bytes say what a file is.
    """
    media = Media.from_bytes(content, name="no-ending")

    assert (media_type, kind) == (media.media_type, media.kind)


@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a .jpg", b"%PDF-1.7\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path):
    """
    A file that no network takes is refused by name before anything is sent, whatever its ending says.
    """
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="photo.jpg") as raised:
        Media.from_path(path)

    assert WentOut.NO is raised.value.went_out


def test_a_missing_file_is_named(tmp_path: Path):
    """
    A path that leads nowhere is named.
    """
    with pytest.raises(BadInput, match=r"nowhere\.png: The file cannot be read"):
        Media.from_path(tmp_path / "nowhere.png")


def test_media_do_not_fill_the_log():
    """
    A picture's repr says how large it is, and not what it is.
    """
    assert "<33 bytes>" in repr(Media(content=PNG[:33], media_type="image/png"))


def test_a_verdict_of_no_rules_blocks():
    """
    An empty policy refuses.
    """
    assert Severity.BLOCK is Verdict(digest="0", ran=()).severity
    assert None is Verdict(digest="0", ran=("A",)).severity


@pytest.mark.parametrize(("ja", "en"), [("", "x"), ("x", "")])
def test_one_language_alone_is_refused(ja: str, en: str):
    """
    Half a message does not construct.
    """
    with pytest.raises(ValueError, match="Length"):
        Bilingual(ja, en)


@pytest.mark.parametrize(
    "error",
    [
        BadInput(WORDS, mend=WORDS, place="text"),
        AuthorizationLost(WORDS, mend=WORDS, status=401, code="x", evidence={"a": "b"}),
        RateLimited(WORDS, mend=WORDS, until=datetime(2026, 4, 1, tzinfo=UTC), scope="app"),
        OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT),
    ],
)
def test_errors_cross_process_borders(error: CivicsnsError):
    """
    An error pickles whole, with all that it knows.
    """
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes

    assert type(error) is type(back)
    assert (str(error), error.__dict__) == (str(back), back.__dict__)


def test_errors_say_whether_anything_went_out():
    """
    Every message has three parts: what happened, whether anything went out, what to do.
    """
    known = BadInput(
        Bilingual("長すぎます。", "It is too long."), mend=Bilingual("短く。", "Shorten it."), place="text"
    )
    unknown = OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)

    assert "text: It is too long. Nothing was sent. Shorten it." == str(known)
    assert "text: 長すぎます。何も送信されていません。短く。" == known.in_(Language.JA)
    assert "It is not known whether it was sent." in str(unknown)
