"""
Rule packs 規範パック as values: what a pack says, before anything is compiled.

A pack is data. It names laws, citations of their articles, lists of words, and rules with their examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.language import Bilingual
from civicsns.model import Capacity, Draft, Lane, Media, PostRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from civicsns.model import Context, Severity
    from civicsns.policy.ready import Ready

#: Lists that a city fills in its overlay, with what goes into them; every pack may name them.
CITY_LISTS: Final[Mapping[str, Bilingual]] = {
    "allowed_hosts": Bilingual("リンクしてよいホスト名", "Hosts that may be linked"),
    "local_places": Bilingual("市内の地名（人名と紛らわしいもの）", "Places of the city that read as surnames"),
    "official_accounts": Bilingual("市の口座番号（寄附など）", "Bank accounts of the city"),
    "official_mail_domains": Bilingual("市のメールのドメイン", "The city's mail domains"),
    "official_phones": Bilingual("市の電話番号", "The city's telephone numbers"),
    "political_accounts": Bilingual("政党・政治家のアカウント", "Accounts of parties and politicians"),
    "public_figures": Bilingual("名前を出してよい公人", "Public figures who may be named"),
}

#: The smallest picture that is one: examples are about what is said, not about what is shown.
_PICTURE = b"\x89PNG\r\n\x1a\n"


@attrs.frozen(kw_only=True)
class Law:
    """
    A statute, notice or guideline.

    Attributes:
        key: How citations name it.
        title: Its title.
        number: Its number, such as 昭和25年法律第261号.
        egov: Its id at e-Gov, where it has one.
        short: What it is called in one word.
    """

    key: str
    title: Bilingual
    short: Bilingual
    number: str = ""
    egov: str = ""


@attrs.frozen(kw_only=True)
class Citation:
    """
    An article that a rule rests on 根拠条文.

    Attributes:
        key: Law and article, such as `chikoho:34-1`; ① to ⑳ are items 号.
        law: The law's key.
        says: What it says, in our words.
        binds: Whom it binds.
        threatens: What it threatens.
        seen: `text` where the article itself was read, `secondary` where only pages that quote it were, `unseen`,
            `local` for the city's own rules.
        version: When the text that was read came into force, or the date of the document.
        source: Where it was read.
        confirmed: Which lawyer confirmed it, and when; empty where none has.
    """

    key: str
    law: str
    says: Bilingual
    binds: Bilingual | None = None
    threatens: Bilingual | None = None
    seen: str = "unseen"
    version: date | None = None
    source: str = ""
    confirmed: str = ""


@attrs.frozen(kw_only=True)
class Example:
    """
    A post that a rule must find, or must let pass.

    Attributes:
        text: The post.
        context: What is known around it.
        facts: What else the draft has, such as `{"reply": true}`; `media` is true, or a list of pictures, each with
            its `alt` or none.
        finds: The very words that are to be found; None where it does not matter.
    """

    text: str
    context: Context | None = None
    facts: Mapping[str, Any] = attrs.field(factory=dict)
    finds: str | None = None

    def draft(self) -> Draft:
        """Give it as a draft that rules can look at."""
        facts = self.facts
        pictures = facts.get("media", False)
        if isinstance(pictures, bool):
            pictures = [{"alt": "例"}] if pictures else []
        return Draft(
            author="1",
            text=self.text,
            accounts=("x:example",),
            media=[
                Media(content=_PICTURE, media_type="image/png", alt_text=one.get("alt"), name=one.get("name", "a"))
                for one in pictures
            ],
            link=facts.get("link"),
            reply_to=PostRef(platform="x", id="1") if facts.get("reply") else None,
            quote=PostRef(platform="x", id="1") if facts.get("quote") else None,
            corrects="0" * 64 if facts.get("correction") else None,
            capacity=Capacity(facts.get("capacity", Capacity.OFFICIAL)),
            lane=Lane(facts.get("lane", Lane.ROUTINE)),
        )


@attrs.frozen(kw_only=True)
class PackRule:
    """
    One conduct rule of a pack.

    Attributes:
        code: Its code, such as `PII001`; never used again for another rule.
        title: What it is about, in a few words.
        severity: How much a finding weighs.
        message: What is wrong.
        explain: Why, and what the law says.
        mend: What to change.
        legal: The keys of the citations that it rests on.
        detect: What finds it: a table with the key `kind`.
        when: Facts that must hold for it to apply, such as `{"election": true}`.
        fix: How a program can mend it: a table with the key `kind`.
        waivable: Whether somebody entitled may let a post pass in spite of it.
        begins: The first day on which it applies.
        ends: The last day on which it applies.
        must_flag: Posts that it must find.
        must_pass: Posts that it must let pass.
        known_miss: Posts that it should find and does not.
        limits: What it cannot see, honestly told.
    """

    code: str
    title: Bilingual
    severity: Severity
    message: Bilingual
    explain: Bilingual | None
    mend: Bilingual | None
    legal: tuple[str, ...]
    detect: Mapping[str, Any]
    when: Mapping[str, Any] = attrs.field(factory=dict)
    fix: Mapping[str, Any] | None = None
    waivable: bool = True
    begins: date | None = None
    ends: date | None = None
    must_flag: tuple[Example, ...] = ()
    must_pass: tuple[Example, ...] = ()
    known_miss: tuple[Example, ...] = ()
    limits: Bilingual | None = None

    @property
    def family(self) -> str:
        """The letters that the code begins with."""
        return self.code.rstrip("0123456789")


@attrs.frozen(kw_only=True)
class Pack:
    """
    A rule pack.

    Attributes:
        id: Its name, such as `jp-municipal`.
        version: Its version.
        title: What it is.
        families: The title of each family of rules, by the letters that its codes begin with.
        laws: The laws, by key.
        citations: The citations, by key.
        lists: Lists of words that rules name.
        rules: The rules.
        ready: What is worked out of it already, for whoever makes it a policy.
    """

    id: str
    version: str
    title: Bilingual
    families: Mapping[str, Bilingual]
    laws: Mapping[str, Law]
    citations: Mapping[str, Citation]
    lists: Mapping[str, tuple[str, ...]]
    rules: tuple[PackRule, ...]
    ready: Ready | None = attrs.field(default=None, eq=False, repr=False)


def joined(one: Pack, other: Pack) -> Pack:
    """
    Give a pack with all that two packs have.

    A list that both have has the words of both; what else they name alike is that of the second.
    """
    return attrs.evolve(
        one,
        families={**one.families, **other.families},
        laws={**one.laws, **other.laws},
        citations={**one.citations, **other.citations},
        lists={
            name: tuple(dict.fromkeys((*one.lists.get(name, ()), *other.lists.get(name, ()))))
            for name in (*one.lists, *other.lists)
        },
        rules=(*one.rules, *other.rules),
        # That of the larger saves more.
        ready=max((one.ready, other.ready), key=lambda ready: len(ready.rules) if ready else 0),
    )


def beside(one: Pack, other: Pack) -> Pack:
    """
    Give a pack with all that two packs of different authors have, each resting on its own laws.

    Where both name a law alike and mean something else, that of the smaller pack is named after its pack, too; so the
    rules of one never show the articles of the other.
    """
    if len(one.rules) < len(other.rules):
        return joined(_apart(one, other), other)
    return joined(one, _apart(other, one))


def _apart(pack: Pack, other: Pack) -> Pack:
    """Give *pack* with other names for those of its laws of which *other* says something else."""
    same = {key for key, law in pack.laws.items() if other.laws.get(key, law) == law}
    same -= {one.law for key, one in pack.citations.items() if other.citations.get(key, one) != one}
    names = {law: law if law in same else f"{pack.id}.{law}" for law in pack.laws}

    def named(key: str) -> str:
        law, _, place = key.partition(":")
        return f"{names.get(law, law)}:{place}"

    return attrs.evolve(
        pack,
        laws={names[key]: attrs.evolve(law, key=names[key]) for key, law in pack.laws.items()},
        citations={
            named(key): attrs.evolve(one, key=named(key), law=names.get(one.law, one.law))
            for key, one in pack.citations.items()
        },
        rules=tuple(attrs.evolve(rule, legal=tuple(map(named, rule.legal))) for rule in pack.rules),
    )
