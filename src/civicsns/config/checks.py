"""Checks that several tables share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from civicsns.config.faults import Wrong
from civicsns.language import Bilingual

if TYPE_CHECKING:
    import attrs


def positive(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    """Refuse what is less than 1."""
    if value < 1:
        raise Wrong(Bilingual(f"{attribute.name} は 1 以上にしてください。", f"{attribute.name} takes 1 or more."))


def not_negative(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    """Refuse what is less than 0."""
    if value < 0:
        raise Wrong(Bilingual(f"{attribute.name} は 0 以上にしてください。", f"{attribute.name} takes 0 or more."))


def passes(_instance: object, attribute: attrs.Attribute[timedelta], value: timedelta) -> None:
    """Refuse a time in which a machine would do nothing but look."""
    if value < timedelta(milliseconds=10):
        raise Wrong(
            Bilingual(f"{attribute.name} は 0.01 秒以上です。", f"{attribute.name} takes 0.01 seconds or more.")
        )
