"""
The pieces of picture and film files: what shows the picture, and what else travels with it.

Formats: JPEG (ISO/IEC 10918-1 B, and the APPn of Exif, XMP, ICC and Adobe), PNG (W3C, third edition, 4 and 11), WebP (RFC
9649), GIF (89a), MP4 and QuickTime (ISO/IEC 14496-12). No pixel is decoded.
"""

from __future__ import annotations

import re
import struct
import zlib
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
#: A compressed piece of metadata is read this far.
_UNPACKED: Final = 1 << 20


class Malformed(ValueError):  # noqa: N818 -- whoever reads files says what that means
    """A file ends too early, or contradicts its own format."""


class Kind(Enum):
    """What a piece is for."""

    #: Needed to show the picture as it is.
    SHOWN = auto()
    #: A TIFF structure with Exif tags.
    EXIF = auto()
    #: XML, by the XMP standard.
    XMP = auto()
    #: Anything else that is not needed: comments, previews, what a maker or an editor noted.
    NOTE = auto()
    #: What stands behind the end of the picture.
    TRAILER = auto()
    #: The time in the head of a film or track.
    TIME = auto()


class Piece(NamedTuple):
    """
    A piece of a file.

    Attributes:
        kind: What it is for.
        start: Where it begins in the file.
        end: Where it ends.
        content: What it says, without its head, and unpacked.
    """

    kind: Kind
    start: int
    end: int
    content: bytes


def pieces(content: bytes, media_type: str) -> Iterator[Piece]:
    """
    Take a file apart; of a film, only what is not needed to show it.

    Raises:
        Malformed: If it ends too early, or contradicts its format.
    """
    try:
        yield from _FORMATS[media_type](content)
    except (struct.error, IndexError):
        raise Malformed(media_type) from None


def jpeg(content: bytes) -> Iterator[Piece]:
    """Take a JPEG file apart."""
    if content[:2] != b"\xff\xd8":
        raise Malformed
    yield Piece(Kind.SHOWN, 0, 2, b"")
    at = 2
    while at < len(content):
        start = at
        if content[at] != 0xFF:
            raise Malformed
        while content[at] == 0xFF:
            at += 1
        marker, at = content[at], at + 1
        if marker == 0xD9:
            yield Piece(Kind.SHOWN, start, at, b"")
            if at < len(content):
                yield Piece(Kind.TRAILER, at, len(content), content[at:])
            return
        (length,) = struct.unpack_from(">H", content, at)
        if length < 2 or at + length > len(content):
            raise Malformed
        payload, at = content[at + 2 : at + length], at + length
        if marker == 0xDA:
            at = _after_scan(content, at)
        yield _segment(marker, payload, start, at)


def _after_scan(content: bytes, at: int) -> int:
    """Skip the coded picture: up to a marker that is neither a stuffed byte, nor a restart, nor fill."""
    marker = _MARKER.search(content, at)
    return marker.start() if marker else len(content)


def _segment(marker: int, payload: bytes, start: int, end: int) -> Piece:
    kind = Kind.SHOWN
    if marker == 0xE1 and payload.startswith(b"Exif\0"):
        kind, payload = Kind.EXIF, payload[6:]
    elif marker == 0xE1 and payload.startswith(b"http://ns.adobe.com/x"):
        kind = Kind.XMP
    elif marker == 0xFE or (
        0xE0 <= marker <= 0xEF
        # A JFIF head is 14 bytes; what follows is a preview.
        and not (marker == 0xE0 and payload.startswith(b"JFIF\0") and len(payload) <= 14)
        and not (marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0"))
        and not (marker == 0xEE and payload.startswith(b"Adobe"))
    ):
        kind = Kind.NOTE
    return Piece(kind, start, end, payload)


_PNG_SHOWN: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs hIST sPLT acTL fcTL fdAT".split()
)


def png(content: bytes) -> Iterator[Piece]:
    """Take a PNG file apart."""
    yield Piece(Kind.SHOWN, 0, 8, b"")
    at = 8
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise Malformed
        payload = content[at + 8 : end - 4]
        yield _png_chunk(name, payload, at, end)
        at = end
        if name == b"IEND":
            break
    if at < len(content):
        yield Piece(Kind.TRAILER, at, len(content), content[at:])


def _png_chunk(name: bytes, payload: bytes, start: int, end: int) -> Piece:
    if name in _PNG_SHOWN:
        return Piece(Kind.SHOWN, start, end, payload)
    if name == b"eXIf":
        return Piece(Kind.EXIF, start, end, payload)
    keyword, _, text = payload.partition(b"\0")
    if name == b"iTXt" and keyword == b"XML:com.adobe.xmp":
        # Two flags, a language, the translated keyword, the text.
        written = text[2:].partition(b"\0")[2].partition(b"\0")[2]
        return Piece(Kind.XMP, start, end, _unpacked(written) if text[:1] == b"\1" else written)
    if keyword.startswith(b"Raw profile type"):
        # How older programs kept Exif in PNG: hexadecimal, behind the name and the length.
        words = (_unpacked(text[1:]) if name == b"zTXt" else text).split(None, 2)
        try:
            raw = bytes.fromhex(words[2].decode("ascii")) if len(words) == 3 else b""
        except ValueError:
            raise Malformed from None
        if raw.startswith(b"Exif\0"):
            return Piece(Kind.EXIF, start, end, raw[6:])
        return Piece(Kind.XMP if b"<x:xmpmeta" in raw else Kind.NOTE, start, end, raw)
    return Piece(Kind.NOTE, start, end, payload)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _UNPACKED)
    except zlib.error:
        raise Malformed from None


_WEBP_SHOWN: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))


def webp(content: bytes) -> Iterator[Piece]:
    """Take a WebP file apart."""
    (size,) = struct.unpack_from("<I", content, 4)
    last = size + 8
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or last > len(content):
        raise Malformed
    yield Piece(Kind.SHOWN, 0, 12, b"")
    at = 12
    while at < last:
        name, length = struct.unpack_from("<4sI", content, at)
        end = min(at + 8 + length + length % 2, last)
        payload = content[at + 8 : at + 8 + length]
        if len(payload) < length:
            raise Malformed
        kind = Kind.SHOWN if name in _WEBP_SHOWN else Kind.NOTE
        if name == b"EXIF":
            kind, payload = Kind.EXIF, payload.removeprefix(b"Exif\0\0")
        elif name == b"XMP ":
            kind = Kind.XMP
        yield Piece(kind, at, end, payload)
        at = end
    if at < len(content):
        yield Piece(Kind.TRAILER, at, len(content), content[at:])


def gif(content: bytes) -> Iterator[Piece]:
    """Take a GIF file apart."""
    at = 13 + _colours(content[10])
    yield Piece(Kind.SHOWN, 0, at, b"")
    while True:
        start, block = at, content[at]
        if block == 0x3B:
            yield Piece(Kind.SHOWN, at, at + 1, b"")
            if at + 1 < len(content):
                yield Piece(Kind.TRAILER, at + 1, len(content), content[at + 1 :])
            return
        kind = Kind.SHOWN
        if block == 0x21:
            label, application = content[at + 1], content[at + 3 : at + 14]
            if label == 0xFF and application == b"XMP DataXMP":
                kind = Kind.XMP
            elif label == 0xFE or (label == 0xFF and application not in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}):
                kind = Kind.NOTE
            at += 2
        elif block == 0x2C:
            at += 11 + _colours(content[at + 9])
        else:
            raise Malformed
        while content[at]:
            at += content[at] + 1
        at += 1
        yield Piece(kind, start, at, content[start:at])


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_INSIDE: Final = frozenset((b"moov", b"trak", b"mdia"))
_HEADS: Final = frozenset((b"mvhd", b"tkhd", b"mdhd"))
_UNNEEDED: Final = frozenset((b"udta", b"meta", b"uuid"))


def film(content: bytes) -> Iterator[Piece]:
    """Find what a film says besides what it shows; nothing else is given."""
    yield from _boxes(content, 0, len(content), 0)


def _boxes(content: bytes, at: int, last: int, depth: int) -> Iterator[Piece]:
    while at < last:
        start = at
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        elif size == 0:
            size = last - at
        if size < head or at + size > last:
            raise Malformed
        at += size
        if name in _INSIDE and depth < len(_INSIDE):
            yield from _boxes(content, start + head, at, depth + 1)
        elif name in _UNNEEDED:
            # From its name on: so it can be made into a box that says nothing.
            yield Piece(Kind.NOTE, start + 4, at, content[start + head : at])
        elif name in _HEADS:
            # A byte of version and three of flags; then the times of creation and change.
            width = 8 if content[start + head] == 1 else 4
            begin = start + head + 4
            yield Piece(Kind.TIME, begin, begin + 2 * width, content[begin : begin + 2 * width])


_FORMATS: Final[Mapping[str, Callable[[bytes], Iterator[Piece]]]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/webp": webp,
    "image/gif": gif,
    "video/mp4": film,
    "video/quicktime": film,
}
