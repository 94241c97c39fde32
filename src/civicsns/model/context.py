"""What is known around a draft: rules read it, they do not fetch."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from civicsns.language import Bilingual


@attrs.frozen(kw_only=True)
class MediaFacts:
    """
    What a picture's or a film's file tells besides what it shows 撮影データ; `civicsns.policy.exif` reads it.

    That something is there is all that a rule needs: no place, name or number is taken out of the file.

    Attributes:
        gps: Whether it tells where it was taken.
        device: Whether it tells with which make or model of camera or telephone.
        serial: Whether it tells which single one that was, or whose.
        taken: Whether it tells when.
        thumbnail: Whether it holds a smaller picture, which may still show what was cut off the larger.
    """

    gps: bool = False
    device: bool = False
    serial: bool = False
    taken: bool = False
    thumbnail: bool = False


def _in_order(value: Iterable[MediaFacts | None] | None) -> tuple[MediaFacts | None, ...] | None:
    return None if value is None else tuple(value)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _frozen(value: Mapping[str, Bilingual]) -> Mapping[str, Bilingual]:
    return MappingProxyType(dict(value))


@attrs.frozen(kw_only=True)
class Context:
    """
    The circumstances 状況 in which somebody would post; `civicsns.policy.circumstances` works them out from settings.

    None means that nobody knows; a rule that needs to know is then reported as not run.

    Attributes:
        local_time: When it would go out, in the city's zone.
        on_duty: Whether the author is on duty then 勤務時間中.
        section: The author's section.
        job: The author's job type 職種.
        election: Whether an election of the city's territory is on 選挙期間.
        elections: The names of those that are.
        disaster: Whether the city is in disaster mode 災害対応中.
        answered: The account that is answered or reposted, as `platform:handle`.
        approved: Whether somebody entitled has approved it.
        media: What the files of the draft tell, in their order; None for one that could not be read, or for all where
            nobody has read them.
        why: Why a fact is not known, by the fact's name; what is not named here is said in general words.
    """

    local_time: datetime | None = attrs.field(default=None, validator=aware_or_none)
    on_duty: bool | None = None
    section: str | None = None
    job: str | None = None
    election: bool | None = None
    elections: tuple[str, ...] = attrs.field(default=(), converter=_names)
    disaster: bool | None = None
    answered: str | None = None
    approved: bool | None = None
    media: tuple[MediaFacts | None, ...] | None = attrs.field(default=None, converter=_in_order)
    why: Mapping[str, Bilingual] = attrs.field(factory=dict, converter=_frozen, hash=False)


#: Nothing is known.
UNKNOWN = Context()
