"""What the documents say of the conduct rules is so."""

from __future__ import annotations

import json
import re
from datetime import UTC, date
from pathlib import Path

import pytest

from civicsns.language import Language
from civicsns.policy import bulk, overlay, packfile
from civicsns.policy.detect import KINDS
from civicsns.policy.engine import Policy
from civicsns.policy.pack import CITY_LISTS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "policy"
PAGES = [".md", ".en.md"]


def blocks(name: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("ending", PAGES)
def test_the_pack_in_the_documents_is_a_pack(tmp_path, ending):
    """
    The smallest pack of the page is read, and its examples hold.
    """
    (tmp_path / "pack.toml").write_text(blocks(f"packs{ending}", "toml")[0], encoding="utf-8")
    pack = packfile.read(tmp_path / "pack.toml")

    assert ["CTY001"] == [rule.code for rule in pack.rules]


@pytest.mark.parametrize("ending", PAGES)
def test_the_overlay_in_the_documents_holds(tmp_path, ending):
    """
    The overlay of the page extends the pack that it names, and each of its entries does something.
    """
    (tmp_path / "policy.toml").write_text(blocks(f"overlay{ending}", "toml")[0], encoding="utf-8")
    read = overlay.read(tmp_path / "policy.toml")
    pack, notices = read.apply(packfile.builtin("jp-municipal"), date(2026, 11, 1))
    severities = {rule.code: rule.severity.value for rule in pack.rules}

    assert () == notices
    assert ("block", "advise") == (severities["LNK001"], severities["TON001"])
    assert {"1001", "1002"} == read.entitled


@pytest.mark.parametrize("ending", PAGES)
def test_the_post_in_the_documents_is_answered(ending):
    """
    The line of JSON on the page is a post with circumstances that are all known.
    """
    post = json.loads(blocks(f"check{ending}", "json")[0])
    check = Policy(packfile.builtin("base")).check
    answer = bulk.answer(post, check, zone=UTC, language=Language.JA)

    assert ("id", "findings", "questions", "skipped") == tuple(answer)


@pytest.mark.parametrize("ending", PAGES)
def test_kinds_and_lists_are_all_named(ending):
    """
    The pages name every kind of detector, and every list that a city fills.
    """
    packs, city = ((DOCS / f"{name}{ending}").read_text(encoding="utf-8") for name in ("packs", "overlay"))

    assert [] == [kind for kind in KINDS if f"`{kind}`" not in packs]
    assert [] == [name for name in CITY_LISTS if f"`{name}`" not in city]
