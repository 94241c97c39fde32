"""How long records are kept, and what signs them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- read at run time by the converter
from typing import TYPE_CHECKING

import attrs

from civicsns.config.checks import positive
from civicsns.config.faults import Wrong
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping


class CountedFrom(StrEnum):
    """From when a retention period counts."""

    #: From the 1 April that follows, as rules on documents usually have it.
    FISCAL_YEAR = "fiscal_year"
    RECORD = "record"


def _years(_instance: object, _attribute: object, value: Mapping[str, int]) -> None:
    for kind, years in value.items():
        if years < 1:
            raise Wrong(Bilingual(f"{kind} は 1 年以上にしてください。", f"{kind} takes a year or more."))


@attrs.frozen(kw_only=True)
class KeySource:
    """
    Where the key that signs checkpoints is: one of the two. It is read only when something is signed.

    Attributes:
        path: A PEM file, readable by its owner alone.
        env: An environment variable with the PEM text.
    """

    path: Path | None = None
    env: str | None = None


@attrs.frozen(kw_only=True)
class RecordSettings:
    """
    The table `[records]`.

    Attributes:
        key: The key that signs checkpoints.
        retention: How many years the records are kept, by the beginning of the event, such as `delivery`. What no
            period covers is kept for ever.
        counted_from: From when these years count.
        file_days: How many days the pictures and films of a delivery are kept after it has ended; for ever unless
            said.
    """

    key: KeySource | None = None
    retention: dict[str, int] = attrs.field(factory=dict, validator=_years)
    counted_from: CountedFrom = CountedFrom.FISCAL_YEAR
    file_days: int | None = attrs.field(default=None, validator=attrs.validators.optional(positive))
