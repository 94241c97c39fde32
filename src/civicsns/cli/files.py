"""Files that the command line writes: where one cannot be written, that is said in both languages."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def writing(path: Path) -> Generator[None]:
    """
    Write to *path*.

    Raises:
        BadInput: If it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise _unwritable(path, Bilingual(f"（{error.strerror}）", f" ({error.strerror})")) from None


def writable(path: Path) -> None:
    """
    Look whether *path* can be written before something is done that only it will hold.

    Raises:
        BadInput: If it cannot be written.
    """
    if not path.parent.is_dir():
        raise _unwritable(path, Bilingual("（フォルダーがありません）", " (there is no such folder)"))
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _unwritable(
            path, Bilingual("（フォルダーに書き込む権限がありません）", " (the folder may not be written to)")
        )


def _unwritable(path: Path, why: Bilingual) -> BadInput:
    return BadInput(
        Bilingual(f"書き込めません{why.ja}。", f"It cannot be written{why.en}."),
        mend=Bilingual("書き込める場所を指定してください。", "Name a place that can be written."),
        place=str(path),
    )
