"""
Forms 様式: what a table may hold, declared once; values are checked by it, and its JSON schema is made from it.

Keys of TOML tables are named in `civicsns.policy.forms`; this module has the pieces that they are declared with.
"""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from civicsns.language import Bilingual
from civicsns.policy.fault import Mistake, Wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from civicsns.policy.fault import Path

_PLACEHOLDER = re.compile(r"TODO|FIXME|XXX|に当たるおそれがあります。$")


class Form(Protocol):
    """What one value may be."""

    @property
    def takes(self) -> Bilingual:
        """What it takes, as the end of a sentence."""
        ...

    def fits(self, value: Any, /) -> bool:
        """Whether the value is of this kind at all, whatever is wrong inside."""
        ...

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with a value of this kind."""
        ...

    def schema(self) -> dict[str, Any]:
        """Give it in JSON schema, draft 2020-12."""
        ...


def examine(form: Form, value: Any, path: Path) -> Iterator[Wrong]:
    """Say what is wrong with *value*, which is to be of *form*."""
    if form.fits(value):
        yield from form.wrongs(value, path)
        return
    yield Wrong(
        path=path,
        mistake=Mistake.WRONG_TYPE,
        what=Bilingual("値の種類が違います。", "The value is of another kind than it should be."),
        mend=Bilingual(f"{form.takes.ja}を書いてください。", f"Write {form.takes.en}."),
    )


@attrs.frozen(kw_only=True)
class Text:
    """
    A text that is not empty.

    Attributes:
        pattern: What it must match as a whole; None for anything.
        mistake: What it is called where it does not.
        shown: What a right one looks like.
        prose: Whether it is read by people, and may hold no placeholder.
        may_be_empty: Whether nothing at all will do.
    """

    pattern: str | None = None
    mistake: Mistake = Mistake.UNKNOWN_VALUE
    shown: str = ""
    prose: bool = False
    may_be_empty: bool = False
    takes: Bilingual = Bilingual("文字列", "a string")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a string."""
        return isinstance(value, str)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is empty, a placeholder, or of another form."""
        if not value.strip() and not self.may_be_empty:
            yield Wrong(
                path=path,
                mistake=Mistake.EMPTY,
                what=Bilingual("空です。", "It is empty."),
                mend=Bilingual("中身を書くか、この項目を消してください。", "Write something, or take the key away."),
            )
        elif self.prose and _PLACEHOLDER.search(value):
            yield Wrong(
                path=path,
                mistake=Mistake.PLACEHOLDER,
                what=Bilingual(f"書きかけのままです（{value[:30]}）。", f"It is a placeholder ({value[:30]})."),
                mend=Bilingual("読む人のための文を書いてください。", "Write it for those who will read it."),
            )
        elif self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield Wrong(
                path=path,
                mistake=self.mistake,
                what=Bilingual(
                    f"「{value}」は決まった形ではありません。", f"{value!r} does not have the form it should."
                ),
                mend=Bilingual(f"{self.shown} のように書いてください。", f"Write it like {self.shown}."),
            )

    def schema(self) -> dict[str, Any]:
        """A string."""
        made: dict[str, Any] = {"type": "string"}
        if self.pattern is not None:
            made["pattern"] = f"^(?:{self.pattern})$"
        elif not self.may_be_empty:
            made["pattern"] = r"\S"
        if self.prose:
            made["not"] = {"pattern": _PLACEHOLDER.pattern}
        return made


@attrs.frozen
class Choice:
    """One of several words."""

    among: tuple[str, ...]
    mistake: Mistake = Mistake.UNKNOWN_VALUE

    @property
    def takes(self) -> Bilingual:
        """The words."""
        return Bilingual(f"{'、'.join(self.among)} のいずれか", f"one of {', '.join(self.among)}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a string."""
        return isinstance(value, str)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is one of the words."""
        if value not in self.among:
            yield unknown(value, self.among, path, self.mistake)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.among)}


def unknown(value: str, known: Iterable[str], path: Path, mistake: Mistake) -> Wrong:
    """Say that there is no such thing, and what there is."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1)
    shown = known[:20]
    more = len(known) - len(shown)
    if near:
        mend = Bilingual(f"「{near[0]}」のことですか。", f"Did you mean '{near[0]}'?")
    elif known:
        mend = Bilingual(
            f"使えるのは {'、'.join(shown)}{f' など{len(known)}件' if more else ''} です。",
            f"There are {', '.join(shown)}{f' and {more} more' if more else ''}.",
        )
    else:
        mend = Bilingual("先に定めてください。", "Declare it first.")
    return Wrong(
        path=path,
        mistake=mistake,
        what=Bilingual(f"「{value}」というものはありません。", f"There is no {value!r}."),
        mend=mend,
    )


@attrs.frozen
class Flag:
    """True or false."""

    takes: Bilingual = Bilingual("true か false", "true or false")

    def fits(self, value: Any, /) -> bool:
        """Whether it is one."""
        return isinstance(value, bool)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- both are right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@attrs.frozen(kw_only=True)
class Whole:
    """
    A whole number.

    Attributes:
        least: The least that makes sense.
        most: The most that makes sense.
    """

    least: int = 0
    most: int = 1_000_000

    @property
    def takes(self) -> Bilingual:
        """Between what."""
        return Bilingual(f"{self.least} から {self.most} の整数", f"a whole number from {self.least} to {self.most}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a whole number; true and false are none."""
        return type(value) is int

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is too small or too large."""
        if not self.least <= value <= self.most:
            yield Wrong(
                path=path,
                mistake=Mistake.OUT_OF_RANGE,
                what=Bilingual(f"{value} は範囲の外です。", f"{value} is out of range."),
                mend=Bilingual(f"{self.takes.ja}を書いてください。", f"Write {self.takes.en}."),
            )

    def schema(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@attrs.frozen
class Day:
    """A date."""

    takes: Bilingual = Bilingual("2027-03-31 のような日付（引用符なし）", "a date such as 2027-03-31, without quotes")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a date; with a time of day it is none."""
        return type(value) is date

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- every date is right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A date; JSON has none, so it is a string there."""
        return {"type": "string", "format": "date"}


@attrs.frozen
class Moment:
    """A date with a time and its offset."""

    takes: Bilingual = Bilingual(
        "2026-11-05T19:00:00+09:00 のような時刻", "a time with its offset, such as 2026-11-05T19:00:00+09:00"
    )

    def fits(self, value: Any, /) -> bool:
        """Whether it is a time that says where."""
        return isinstance(value, datetime) and value.tzinfo is not None

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- every time is right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A time; JSON has none, so it is a string there."""
        return {"type": "string", "format": "date-time"}


@attrs.frozen
class Anything:
    """A value that another part of the program looks at."""

    takes: Bilingual = Bilingual("値", "a value")

    def fits(self, value: Any, /) -> bool:  # noqa: ARG002 -- everything fits
        """Everything fits."""
        return True

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- nothing is wrong
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """Anything."""
        return {}
