"""Texts as people hand them in: files with the line ends and marks of their editors, and standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs
import click

if TYPE_CHECKING:
    from pathlib import Path

_MARK = b"\xef\xbb\xbf"


@attrs.frozen(kw_only=True)
class TextFile:
    """
    A file that holds one post in UTF-8.

    Places of findings are those in its own text, so that line ends stay what they are. The last of them, and the byte
    order mark that editors on Windows put before the text, are no part of the post.

    Attributes:
        path: Where it is.
        text: The post.
        end: The line end after it; empty where there is none.
        marked: Whether it begins with a byte order mark.
    """

    path: Path
    text: str
    end: str = ""
    marked: bool = False

    @classmethod
    def read(cls, path: Path) -> TextFile:
        """
        Read it.

        Raises:
            OSError: If that is not possible.
            UnicodeDecodeError: If it is not UTF-8.
        """
        held = path.read_bytes()
        whole = held.removeprefix(_MARK).decode("utf-8")
        text = whole.removesuffix("\n").removesuffix("\r") if whole.endswith("\n") else whole
        return cls(path=path, text=text, end=whole[len(text) :], marked=held.startswith(_MARK))

    def write(self, text: str) -> None:
        """Put *text* in its place, with the line end and the mark that the file has."""
        self.path.write_bytes((_MARK if self.marked else b"") + (text + self.end).encode())


def piped() -> str:
    """
    Read standard input: UTF-8, or else what other programs of this machine write.

    Raises:
        click.UsageError: If it is neither; nobody is told that a text is fine which could not be read.
    """
    held = sys.stdin.buffer.read()
    for encoding in ("utf-8-sig", sys.stdin.encoding):
        try:
            return held.decode(encoding).replace("\r\n", "\n").rstrip("\n")
        except UnicodeDecodeError:
            continue
    said = "標準入力を読めません（UTF-8 ではありません）。 / Standard input cannot be read (it is not UTF-8)."
    raise click.UsageError(said)
