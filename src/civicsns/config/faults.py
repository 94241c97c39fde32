"""What is wrong with a table of settings, said in both languages without quoting a value."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterator


class Wrong(ValueError):  # noqa: N818 -- never leaves this package
    """A value is wrong; says so in both languages without quoting it."""

    def __init__(self, what: Bilingual) -> None:
        super().__init__()
        self.what = what


def faults(error: BaseException, kind: type[Any], path: tuple[str, ...]) -> Iterator[Bilingual]:
    """Walk the converter's tree of errors; give one sentence for each leaf."""
    from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError  # noqa: PLC0415

    if isinstance(error, ClassValidationError):
        wrong, other = error.group_exceptions()
        for leaf, note in wrong:
            inner = note.type if isinstance(note.type, type) else kind
            yield from faults(leaf, inner, (*path, note.name))
        for leaf in other:
            yield from faults(leaf, error.cl, path)
        return
    if isinstance(error, IterableValidationError):
        items, other = error.group_exceptions()
        for leaf, entry in items:
            yield from faults(leaf, kind, (*path, str(entry.index)))
        for leaf in other:
            yield from faults(leaf, kind, path)
        return
    if isinstance(error, ForbiddenExtraKeysError):
        for key in sorted(error.extra_fields):
            yield _unknown(key, error.cl, path)
        return
    yield _leaf(error, path)


def _leaf(error: BaseException, path: tuple[str, ...]) -> Bilingual:
    key = ".".join(path)
    if isinstance(error, KeyError):
        return Bilingual(f"「{key}」がありません。", f"The key {key!r} is missing.")
    if isinstance(error, Wrong):
        return Bilingual(f"「{key}」: {error.what.ja}", f"{key!r}: {error.what.en}")
    if isinstance(error, BadInput):
        return Bilingual(f"「{key}」: {error.what.ja}{error.mend.ja}", f"{key!r}: {error.what.en} {error.mend.en}")
    return Bilingual(f"「{key}」の値が正しくありません。", f"The value of {key!r} is not what it should be.")


def _unknown(key: str, kind: type[Any], path: tuple[str, ...]) -> Bilingual:
    known = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else []
    near = difflib.get_close_matches(key, known, n=1)
    name = ".".join((*path, key))
    if near:
        meant = ".".join((*path, near[0]))
        return Bilingual(
            f"「{name}」という設定はありません。「{meant}」のことですか。",
            f"There is no setting {name!r}; did you mean {meant!r}?",
        )
    return Bilingual(
        f"「{name}」という設定はありません。使えるのは {'、'.join(known)} です。",
        f"There is no setting {name!r}; there are {', '.join(known)}.",
    )
