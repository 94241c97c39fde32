"""
What a file tells besides what it shows 撮影データ: where, when and with what a picture was taken; and taking it out.

The pixels are neither decoded nor encoded again: the pieces that hold such data are left out of the file, and how the
picture is to be turned (Orientation) is kept. Formats: JPEG, PNG, WebP, GIF, MP4 and QuickTime; others, HEIC among
them, are no files that the networks take, and `civicsns.model.Media` refuses them.

Of films: what stands in their heads is found and taken out. A track of its own with places, as some dashboard cameras
and drones write it, is neither.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Media, MediaFacts, MediaKind
from civicsns.policy.containers import Kind, Malformed, Piece, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.model import Draft

# Tags: Exif 2.32 (CIPA DC-008), 4.6.
_ORIENTATION: Final = 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
#: Latitude and longitude, those of the destination, the name of the area.
_PLACE: Final = frozenset((2, 4, 20, 22, 28))
#: Make and model of the camera, and of the lens.
_DEVICE: Final = frozenset((0x010F, 0x0110, 0xA433, 0xA434))
#: Serial numbers of body and lens, owner, artist, the picture's own number; and the maker's note, which has them too.
_SERIAL: Final = frozenset((0xA431, 0xA435, 0xA430, 0xC62F, 0x013B, 0xA420, 0x927C))
_TAKEN: Final = frozenset((0x0132, 0x9003, 0x9004))
_THUMBNAIL: Final = frozenset((0x0111, 0x0201))
#: More tags than this in one directory are a mistake.
_MOST_TAGS: Final = 1000

_WORDS: Final = {
    "gps": re.compile(
        rb"GPSL(?:at|ong)itude|GPSCoordinates|\xa9xyz|loci|quicktime\.location|LocationShown|LocationCreated"
    ),
    "device": re.compile(rb"tiff:(?:Make|Model)\b|\xa9(?:mak|mod)|quicktime\.(?:make|model)\b"),
    "serial": re.compile(rb"SerialNumber|OwnerName|aux:(?:Lens)?ID"),
    "taken": re.compile(rb"DateTimeOriginal|DateCreated|CreateDate|\xa9day|quicktime\.creationdate"),
    "thumbnail": re.compile(rb"xmp:Thumbnails|\bJFXX\0|^MPF\0"),
}


def read(media: Media) -> MediaFacts | None:
    """Read what a file tells besides what it shows; None where it cannot be read."""
    try:
        return _read(pieces(media.content, media.media_type))
    except (Malformed, struct.error):
        return None


def strip(media: Media) -> Media:
    """
    Take out of a file what it tells besides what it shows; the picture itself stays as it is, byte for byte.

    Raises:
        BadInput: If the file cannot be read.
    """
    try:
        found = list(pieces(media.content, media.media_type))
        turned = next((_orientation(piece.content) for piece in found if piece.kind is Kind.EXIF), 1)
    except (Malformed, struct.error):
        raise BadInput(
            Bilingual(
                "ファイルの構造が壊れていて、撮影データを取り除けません。",
                "The file is damaged; the data about where and when it was taken cannot be taken out.",
            ),
            mend=Bilingual(
                "画像を開いて保存し直したものを使ってください。", "Open the picture, save it again, and use that."
            ),
            place=media.name,
        ) from None
    content = _blanked(media.content, found) if media.kind is MediaKind.VIDEO else _joined(media, found, turned)
    return attrs.evolve(media, content=content)


def stripped(draft: Draft) -> Draft:
    """
    Take out of all files of a draft what they tell besides what they show.

    Raises:
        BadInput: If a file cannot be read.
    """
    return attrs.evolve(draft, media=[strip(item) for item in draft.media])


def _read(found: Iterator[Piece]) -> MediaFacts:
    told = dict.fromkeys(_WORDS, False)
    for piece in found:
        if piece.kind is Kind.EXIF:
            _tell(told, piece.content)
        elif piece.kind is Kind.TIME:
            told["taken"] = told["taken"] or any(piece.content)
        elif piece.kind is not Kind.SHOWN:
            # XMP may be in UTF-16; the names in it are ASCII.
            plain = piece.content.replace(b"\0", b"") if piece.kind is Kind.XMP else piece.content
            for name, words in _WORDS.items():
                told[name] = told[name] or words.search(plain) is not None
            if piece.kind is Kind.TRAILER:
                for inner in re.finditer(rb"Exif\0\0", piece.content):
                    _tell(told, piece.content[inner.end() : inner.end() + 0x10000])
    return MediaFacts(**told)


def _tell(told: dict[str, bool], tiff: bytes) -> None:
    order, first = _head(tiff)
    tags, following = _directory(tiff, order, first)
    here = set(tags)
    if _EXIF_IFD in tags:
        here |= set(_directory(tiff, order, tags[_EXIF_IFD])[0])
    if _GPS_IFD in tags:
        told["gps"] = told["gps"] or not _PLACE.isdisjoint(_directory(tiff, order, tags[_GPS_IFD])[0])
    told["device"] = told["device"] or not _DEVICE.isdisjoint(here)
    told["serial"] = told["serial"] or not _SERIAL.isdisjoint(here)
    told["taken"] = told["taken"] or not _TAKEN.isdisjoint(here)
    if following:
        told["thumbnail"] = told["thumbnail"] or not _THUMBNAIL.isdisjoint(_directory(tiff, order, following)[0])


def _head(tiff: bytes) -> tuple[str, int]:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        raise Malformed
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    return order, first


def _directory(tiff: bytes, order: str, at: int) -> tuple[dict[int, int], int]:
    """Give the tags of a TIFF directory with the first number of each, and where the next directory is."""
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    if count > _MOST_TAGS:
        raise Malformed
    tags = {}
    for number in range(count):
        tag, form = struct.unpack_from(f"{order}HH", tiff, at + 2 + 12 * number)
        width = "H" if form == 3 else "I"
        (tags[tag],) = struct.unpack_from(f"{order}{width}", tiff, at + 10 + 12 * number)
    end = at + 2 + 12 * count
    # Some programs leave out where the next directory is, at the end of the file.
    following = struct.unpack_from(f"{order}I", tiff, end)[0] if end + 4 <= len(tiff) else 0
    return tags, following


def _orientation(tiff: bytes) -> int:
    order, first = _head(tiff)
    turned = _directory(tiff, order, first)[0].get(_ORIENTATION, 1)
    return turned if 1 <= turned <= 8 else 1


def _joined(media: Media, found: list[Piece], turned: int) -> bytes:
    shown = [media.content[piece.start : piece.end] for piece in found if piece.kind is Kind.SHOWN]
    # One tag, how to turn the picture; big-endian TIFF with one directory.
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, turned, 0, 0) if turned != 1 else b""
    if media.media_type == "image/jpeg" and tiff:
        payload = b"Exif\0\0" + tiff
        # Exif comes first (DC-008, 4.5.4), but JFIF wants that too; readers take both.
        after = 2 if len(shown) > 1 and shown[1][1:2] == b"\xe0" else 1
        shown.insert(after, struct.pack(">HH", 0xFFE1, len(payload) + 2) + payload)
    elif media.media_type == "image/png" and tiff:
        chunk = b"eXIf" + tiff
        shown.insert(2, struct.pack(">I", len(tiff)) + chunk + struct.pack(">I", zlib.crc32(chunk)))
    elif media.media_type == "image/webp":
        return _webp(shown, tiff)
    return b"".join(shown)


def _webp(shown: list[bytes], tiff: bytes) -> bytes:
    # An extended file says in its flags what it holds: 0x08 Exif, 0x04 XMP (RFC 9649, 2.7).
    chunks = [
        chunk[:8] + bytes([(chunk[8] & ~0x0C) | (0x08 if tiff else 0)]) + chunk[9:] if chunk[:4] == b"VP8X" else chunk
        for chunk in shown[1:]
    ]
    if tiff:
        chunks.append(b"EXIF" + struct.pack("<I", len(tiff)) + tiff + b"\0" * (len(tiff) % 2))
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _blanked(content: bytes, found: list[Piece]) -> bytes:
    """Overwrite what a film says besides what it shows: its length stays, for the film is found by offsets."""
    blank = bytearray(content)
    for piece in found:
        if piece.kind is Kind.NOTE:
            # `free` is a box that says nothing (ISO/IEC 14496-12, 8.1.2).
            long = content[piece.start - 4 : piece.start] == b"\0\0\0\1"
            name, begin = piece.start, piece.start + (12 if long else 4)
            blank[name : name + 4] = b"free"
            blank[begin : piece.end] = bytes(piece.end - begin)
        else:
            blank[piece.start : piece.end] = bytes(piece.end - piece.start)
    return bytes(blank)
