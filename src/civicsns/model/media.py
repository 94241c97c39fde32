"""Pictures and films that go with a post."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from pathlib import Path


class MediaKind(StrEnum):
    """How networks treat a file."""

    IMAGE = "image"
    #: An animated GIF; networks count it as a film.
    GIF = "gif"
    VIDEO = "video"


_KINDS = {
    "image/jpeg": MediaKind.IMAGE,
    "image/png": MediaKind.IMAGE,
    "image/webp": MediaKind.IMAGE,
    "image/gif": MediaKind.GIF,
    "video/mp4": MediaKind.VIDEO,
    "video/quicktime": MediaKind.VIDEO,
}


@attrs.frozen(kw_only=True, slots=False)
class Media:
    """
    One file with its text alternative 代替テキスト.

    Attributes:
        content: The bytes of the file.
        media_type: The type found in the bytes, such as `image/jpeg`.
        alt_text: What the picture shows, for those who cannot see it; None where nobody wrote one.
        name: The file's name, for messages.
        stands_for: The digest of a file that is kept no more, since its delivery ended long ago; there is no content
            then. Empty otherwise.
    """

    content: bytes = attrs.field(repr=lambda value: f"<{len(value)} bytes>")
    media_type: str = attrs.field(validator=attrs.validators.in_(_KINDS))
    alt_text: str | None = None
    name: str = "media"
    stands_for: str = ""

    @classmethod
    def from_bytes(cls, content: bytes, *, alt_text: str | None = None, name: str = "media") -> Media:
        """
        Recognise the type from the bytes; a file's name proves nothing.

        Raises:
            BadInput: If the bytes are none of JPEG, PNG, WebP, GIF, MP4 or QuickTime.
        """
        media_type = _recognise(content)
        if media_type is None:
            raise BadInput(
                Bilingual(
                    "画像・動画として読めないファイルです。", "The file is no picture or film that the networks take."
                ),
                mend=Bilingual(
                    "JPEG・PNG・WebP・GIF・MP4・MOV のいずれかを指定してください。",
                    "Give a JPEG, PNG, WebP, GIF, MP4 or MOV file.",
                ),
                place=name,
            )
        return cls(content=content, media_type=media_type, alt_text=alt_text, name=name)

    @classmethod
    def from_path(cls, path: Path, *, alt_text: str | None = None) -> Media:
        """
        Read a file.

        Raises:
            BadInput: If it cannot be read, or is no picture or film.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(
                Bilingual(
                    f"ファイルを読めません（{error.strerror}）。", f"The file cannot be read ({error.strerror})."
                ),
                mend=Bilingual("ファイルの場所と権限を確かめてください。", "Check the path and its permissions."),
                place=str(path),
            ) from error
        return cls.from_bytes(content, alt_text=alt_text, name=path.name)

    @property
    def kind(self) -> MediaKind:
        """How networks treat the file."""
        return _KINDS[self.media_type]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return self.stands_for or hashlib.sha256(self.content).hexdigest()


def _recognise(content: bytes) -> str | None:
    import puremagic  # noqa: PLC0415 -- 20 ms that a post without media does not pay

    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    return next((match.mime_type for match in matches if match.mime_type in _KINDS), None)
