"""Words in Japanese and English together: whatever a citizen or an official reads exists in both."""

from __future__ import annotations

from enum import StrEnum

import attrs


class Language(StrEnum):
    """A language that civicsns speaks."""

    JA = "ja"
    EN = "en"


@attrs.frozen
class Bilingual:
    """
    A sentence in both languages; one alone does not construct, nor type-check.

    Attributes:
        ja: The Japanese text 日本語.
        en: The English text.
    """

    ja: str = attrs.field(validator=attrs.validators.min_len(1))
    en: str = attrs.field(validator=attrs.validators.min_len(1))

    def in_(self, language: Language) -> str:
        """Give the text in *language*."""
        return self.ja if language is Language.JA else self.en

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"
