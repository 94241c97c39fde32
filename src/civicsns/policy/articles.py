"""Articles 根拠条文 as people write them: `chikoho:34-1` is 地方公務員法34条1項."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.policy.pack import Law, Pack

#: Article, paragraph 項 and item 号, as keys of citations have them: `30の30-1`, `2-1①`.
_PLACE: Final = re.compile(r"(?P<article>[0-9]+(?:の[0-9]+)*)(?:-(?P<paragraph>[0-9]+))?(?P<item>[①-⑳])?")


def named(key: str, pack: Pack) -> Bilingual:
    """
    Name a citation in words; a key whose law the pack does not have stays as it is.

    Args:
        key: Law and article, such as `chikoho:34-1`.
        pack: Knows the laws.
    """
    law, _, place = key.partition(":")
    known = pack.laws.get(law)
    if known is None:
        return Bilingual(key, key)
    if not _in_articles(known, place):
        return Bilingual(f"{known.short.ja}（{place}）", f"{known.short.en} ({place})")
    article = _article(place)
    return Bilingual(f"{known.short.ja}{article.ja}", f"{known.short.en}, art. {article.en}")


def listed(keys: Iterable[str], pack: Pack, language: Language) -> str:
    """Name several citations in one line; a law is named once, with all its articles."""
    laws: dict[str, list[str]] = {}
    for key in dict.fromkeys(keys):
        law, _, place = key.partition(":")
        known = pack.laws.get(law)
        if known is not None and _in_articles(known, place):
            laws.setdefault(law, []).append(_article(place).in_(language))
        else:
            laws[key] = []
    if language is Language.JA:
        said = (f"{pack.laws[law].short.ja}{'・'.join(at)}" if at else named(law, pack).ja for law, at in laws.items())
        return "、".join(said)
    said = (
        f"{pack.laws[law].short.en}, art. {', '.join(at)}" if at else named(law, pack).en for law, at in laws.items()
    )
    return "; ".join(said)


def _in_articles(law: Law, place: str) -> bool:
    # Statutes have an id at e-Gov; guidelines and standards are cited as their authors number them.
    return bool(law.egov) and _PLACE.fullmatch(place) is not None


def _article(place: str) -> Bilingual:
    parts = _PLACE.fullmatch(place)
    assert parts is not None, "it was matched before"
    article, paragraph, item = parts["article"], parts["paragraph"], parts["item"]
    branched = "の" in article
    ja = article.replace("の", "条の", 1) if branched else f"{article}条"
    en = article.replace("の", "-")
    if paragraph:
        # 30条の30第1項: without 第 the two numbers would run together.
        ja += f"{'第' if branched else ''}{paragraph}項"
        en += f"({paragraph})"
    if item:
        number = ord(item) - ord("①") + 1
        ja += f"{'第' if branched and not paragraph else ''}{number}号"
        en += f", item {number}" if not paragraph else f"({number})"
    return Bilingual(ja, en)
