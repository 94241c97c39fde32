"""Articles 根拠条文 as people write them: `kojoho:69-1` is 個人情報の保護に関する法律69条1項."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from civicsns.policy.pack import Pack

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
    parts = _PLACE.fullmatch(place) if known.egov else None
    if parts is None:
        return Bilingual(f"{known.short.ja}（{place}）", f"{known.short.en} ({place})")
    ja = parts["article"].replace("の", "条の", 1) if "の" in parts["article"] else f"{parts['article']}条"
    en = f"art. {parts['article'].replace('の', '-')}"
    if parts["paragraph"]:
        # 30条の30第1項: without 第 the two numbers would run together.
        ja += f"{'第' if 'の' in parts['article'] else ''}{parts['paragraph']}項"
        en += f"({parts['paragraph']})"
    if parts["item"]:
        item = ord(parts["item"]) - ord("①") + 1
        ja += f"{'第' if 'の' in parts['article'] and not parts['paragraph'] else ''}{item}号"
        en += f", item {item}"
    return Bilingual(f"{known.short.ja}{ja}", f"{known.short.en}, {en}")
