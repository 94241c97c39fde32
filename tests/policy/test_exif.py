"""What a file tells besides what it shows, and taking it out; see `civicsns.policy.exif`."""

from __future__ import annotations

import io
import struct
import zlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from civicsns.errors import BadInput
from civicsns.model import Context, Draft, Finding, Media, MediaFacts, Skipped
from civicsns.policy import exif
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin

NOTHING = MediaFacts()
ALL = MediaFacts(gps=True, device=True, serial=True, taken=True)
PLACE = (130.0, 1.0, 7.5)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="33,11.6N"/></x:xmpmeta>'
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def tags(**changes):
    """Give Exif data as a telephone writes it."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0112], made[0x0132] = "Maker", "Model Q7", 6, "2026:11:22 10:00:00"
    made.get_ifd(0x8825).update({1: "N", 2: (33.0, 11.0, 36.0), 3: "E", 4: PLACE})
    made.get_ifd(0x8769).update({0xA431: "SERIAL-77", 0x9003: "2026:11:22 10:00:00"})
    for tag, value in changes.items():
        made[int(tag.removeprefix("t"), 16)] = value
    return made


def picture():
    """Give a picture whose four corners differ, so that turning it shows."""
    made = Image.new("RGB", (24, 16), "white")
    for number, corner in enumerate([(0, 0), (23, 0), (0, 15), (23, 15)]):
        made.putpixel(corner, (60 * number, 0, 90))
    return made


def media(form, **options):
    file = io.BytesIO()
    picture().save(file, form, **options)
    return Media(content=file.getvalue(), media_type=FORMATS.get(form, "image/gif"))


def pixels(item, *, turned=False):
    with Image.open(io.BytesIO(item.content)) as opened:
        return (ImageOps.exif_transpose(opened) if turned else opened).convert("RGB").tobytes()


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_telephone_notes_is_found(form):
    """
    Place, device, serial number and time are found in each format.
    """
    assert exif.read(media(form, exif=tags())) == ALL


@pytest.mark.parametrize("form", [*FORMATS, "GIF"])
def test_a_plain_picture_tells_nothing(form):
    """
    A picture without such data tells nothing.
    """
    assert exif.read(media(form)) == NOTHING


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_stripping_leaves_the_picture_as_it_is(form, orientation):
    """
    The pixels stay as they were coded, and are turned as before; all else is gone.
    """
    before = media(form, exif=tags(t0112=orientation))
    after = exif.strip(before)

    assert exif.read(after) == NOTHING
    assert pixels(after) == pixels(before)
    assert pixels(after, turned=True) == pixels(before, turned=True)
    assert b"Q7" not in after.content
    assert b"SERIAL" not in after.content
    assert exif.strip(after).content == after.content


@pytest.mark.parametrize("form", FORMATS)
def test_the_colour_profile_stays(form):
    """
    How the colours are meant is needed to show the picture.
    """
    profile = b"\0\0\2\x0cnone" + bytes(500)
    after = exif.strip(media(form, exif=tags(), icc_profile=profile))
    with Image.open(io.BytesIO(after.content)) as opened:
        kept = opened.info["icc_profile"]

    assert profile == kept


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_a_place_in_xmp_is_found_and_taken_out(form):
    """
    A place stands in XMP where an editing program has written it.
    """
    before = media(form, xmp=XMP)

    assert exif.read(before) == MediaFacts(gps=True)
    assert exif.read(exif.strip(before)) == NOTHING


@pytest.mark.parametrize("packed", [False, True])
def test_notes_of_png(packed):
    """
    PNG has notes of its own: XMP as text, packed or not, and Exif in hexadecimal.
    """
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode(), "", "", zip=packed)
    raw = b"Exif\0\0" + tags().tobytes().removeprefix(b"Exif\0\0")
    hexadecimal = PngImagePlugin.PngInfo()
    hexadecimal.add_text("Raw profile type exif", f"\nexif\n{len(raw)}\n{raw.hex()}\n", zip=packed)
    with_xmp, with_exif = media("PNG", pnginfo=notes), media("PNG", pnginfo=hexadecimal)

    assert [MediaFacts(gps=True), ALL] == [exif.read(with_xmp), exif.read(with_exif)]
    assert [NOTHING, NOTHING] == [exif.read(exif.strip(item)) for item in (with_xmp, with_exif)]
    assert [pixels(with_xmp)] * 2 == [pixels(exif.strip(item)) for item in (with_xmp, with_exif)]


def test_a_comment_in_gif_goes():
    """
    What a GIF says in words is taken out; that it repeats stays.
    """
    before = media("GIF", comment=b"taken at home", save_all=True, append_images=[Image.new("RGB", (24, 16))], loop=0)
    after = exif.strip(before)
    with Image.open(io.BytesIO(after.content)) as opened:
        moving = (getattr(opened, "n_frames", 1), opened.info.get("loop"))

    assert b"home" in before.content
    assert b"home" not in after.content
    assert (moving, pixels(before)) == ((2, 0), pixels(after))


def test_a_picture_behind_the_picture_is_found():
    """
    Telephones put another picture, or a film, behind the end of the first; it has its own data.
    """
    first, second = media("JPEG"), media("JPEG", exif=tags())
    both = attrs.evolve(first, content=first.content + second.content)

    assert exif.read(both) == ALL
    assert exif.strip(both).content == first.content


def test_a_preview_is_found():
    """
    A preview in the file may show what was cut off.
    """
    # A directory without tags, and one behind it with where the preview is.
    tiff = struct.pack("<2sHIHIHHHIII", b"II", 42, 8, 0, 14, 1, 0x0201, 4, 1, 40, 0)
    segment = b"Exif\0\0" + tiff
    plain = media("JPEG").content
    content = plain[:2] + struct.pack(">HH", 0xFFE1, len(segment) + 2) + segment + plain[2:]

    assert exif.read(Media(content=content, media_type="image/jpeg")) == MediaFacts(thumbnail=True)


def box(name, *inside):
    content = b"".join(inside)
    return struct.pack(">I4s", len(content) + 8, name) + content


def head(name, moment):
    return box(name, struct.pack(">IIIII", 0, moment, moment, 600, 60))


def film(*, moment=0, notes=b""):
    """Give the boxes of a film."""
    track = box(b"trak", head(b"tkhd", moment), box(b"mdia", head(b"mdhd", moment), box(b"minf")))
    movie = box(b"moov", head(b"mvhd", moment), track, box(b"udta", notes) if notes else b"")
    return box(b"ftyp", b"qt  ") + movie + box(b"mdat", b"\xa9xyz is picture here")


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (box(b"\xa9xyz", b"\0\x12\x15\xc7+33.1936+130.0190/"), MediaFacts(gps=True)),
        (box(b"meta", b"mdtacom.apple.quicktime.location.ISO6709"), MediaFacts(gps=True)),
        (box(b"\xa9mak", b"Maker"), MediaFacts(device=True)),
    ],
)
def test_a_film_tells_and_is_silenced(notes, told):
    """
    What a film says in its head is found and overwritten, and its length and its pictures stay.
    """
    before = Media(content=film(notes=notes), media_type="video/quicktime")
    after = exif.strip(before)

    assert [told, NOTHING] == [exif.read(before), exif.read(after)]
    assert len(before.content) == len(after.content)
    assert after.content.endswith(box(b"mdat", b"\xa9xyz is picture here"))
    assert b"free" in after.content


def test_the_time_of_a_film_goes():
    """
    When a film was made stands in the heads of film and tracks.
    """
    before = Media(content=film(moment=3_800_000_000), media_type="video/mp4")

    assert exif.read(before) == MediaFacts(taken=True)
    assert exif.strip(before).content == film()


@pytest.mark.parametrize("form", [*FORMATS, "GIF"])
def test_a_damaged_file_is_not_called_clean(form):
    """
    Of a file that ends too early, nothing is claimed, and it is not stripped.
    """
    whole = media(form, **({} if form == "GIF" else {"exif": tags()}))
    cut = attrs.evolve(whole, content=whole.content[:30])
    with pytest.raises(BadInput, match="damaged"):
        exif.strip(cut)

    assert exif.read(cut) is None


@given(
    form=st.sampled_from([*FORMATS.values(), "image/gif", "video/mp4"]),
    rest=st.binary(max_size=200),
    cut=st.integers(0, 400),
    at=st.integers(0, 400),
)
def test_no_file_breaks_it(form, rest, cut, at):
    """
    Whatever the bytes, it is read or it is not, and never anything else.
    """
    good = {"image/gif": GIF, "video/mp4": film(notes=b"\xa9xyz")}.get(form) or TAGGED[form]
    item = Media(content=good[:at] + rest + good[at + cut :], media_type=form)

    assert exif.read(item) is None or exif.read(exif.strip(item)) == NOTHING


TAGGED = {name: media(form, exif=tags()).content for form, name in FORMATS.items()}
GIF = media("GIF", comment=b"note").content


def test_a_packed_note_is_read_no_further_than_needed():
    """
    A note that unpacks to much is read as far as such notes go.
    """
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(16)) + packer.flush()
    chunk = b"zTXtRaw profile type exif\0\0" + packed
    plain = media("PNG").content
    content = plain[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + plain[33:]
    item = Media(content=content, media_type="image/png")

    assert exif.read(item) in {None, NOTHING}


JP = Policy(builtin("jp-municipal"))


def answers(items, told):
    draft = Draft(author="1", text="写真です", accounts=("x",), media=items)
    return {
        (type(one), one.part, one.fix and one.fix.kind) if isinstance(one, Finding) else (type(one), None, None)
        for one in JP.check(draft, Context(media=told))
        if isinstance(one, Finding | Skipped) and one.rule == "PII016"
    }


def test_the_rule_reads_what_was_read():
    """
    A picture with a place is found, with a mend; one that nobody read, or can read, is reported as not looked at.
    """
    plain, placed = media("JPEG"), media("JPEG", exif=tags())

    assert answers([plain, placed], [exif.read(plain), exif.read(placed)]) == {(Finding, "media.1", "strip_metadata")}
    assert answers([placed], None) == {(Skipped, None, None)}
    assert answers([placed, plain], [ALL, None]) == {(Finding, "media.0", "strip_metadata"), (Skipped, None, None)}
    assert answers([plain], [NOTHING]) == set()


def test_all_files_of_a_draft_are_stripped():
    """
    One call does it for all.
    """
    draft = Draft(author="1", text="", accounts=(), media=[media(form, exif=tags()) for form in FORMATS])

    assert [exif.read(item) for item in exif.stripped(draft).media] == [NOTHING] * 3


@pytest.mark.parametrize(("orientation", "flags"), [(1, 0), (6, 0x08)])
def test_a_webp_says_what_it_holds(orientation, flags):
    """
    The flags of an extended WebP name Exif and XMP only where they are (RFC 9649, 2.7).
    """
    before = media("WEBP", exif=tags(t0112=orientation), xmp=XMP)
    after = exif.strip(before)

    assert (0x0C, flags) == (before.content[20] & 0x0C, after.content[20] & 0x0C)
