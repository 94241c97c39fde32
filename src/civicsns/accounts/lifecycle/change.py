"""One change to people or accounts: what stands before it, what stands after it, and from which day on."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from civicsns.accounts import register
from civicsns.language import Bilingual
from civicsns.model import Account, Fact, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What a change is about.
Subject: TypeAlias = Person | Account

#: What the programme learns by itself when an account is connected; a roster need not know it.
LEARNT: Final = ("network_id", "opened", "handle")


class Kind(StrEnum):
    """What a change does."""

    JOIN = "join"
    MOVE = "move"
    UPDATE = "update"
    LEAVE = "leave"
    OPEN = "open"
    CHANGE = "change"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    #: What was prepared for a day to come is dropped.
    CANCEL = "cancel"


#: What each kind is called, and how a plan marks it.
WORDS: Final[Mapping[Kind, Bilingual]] = {
    Kind.JOIN: Bilingual("着任・採用", "join"),
    Kind.MOVE: Bilingual("異動", "move"),
    Kind.UPDATE: Bilingual("記載の変更", "update"),
    Kind.LEAVE: Bilingual("退職・転出", "leave"),
    Kind.OPEN: Bilingual("アカウント開設", "open"),
    Kind.CHANGE: Bilingual("アカウント変更", "change"),
    Kind.HAND_OVER: Bilingual("管理者の引継ぎ", "hand over"),
    Kind.CLOSE: Bilingual("アカウント閉鎖", "close"),
    Kind.CANCEL: Bilingual("予定の取消し", "cancel"),
}
#: `+` for what is new, `~` for what is changed, `-` for what goes.
SIGNS: Final[Mapping[Kind, str]] = {
    Kind.JOIN: "+",
    Kind.OPEN: "+",
    Kind.MOVE: "~",
    Kind.UPDATE: "~",
    Kind.CHANGE: "~",
    Kind.HAND_OVER: "~",
    Kind.CANCEL: "~",
    Kind.LEAVE: "-",
    Kind.CLOSE: "-",
}
_FIELDS: Final[Mapping[str, Bilingual]] = {
    "name": Bilingual("氏名", "name"),
    "section": Bilingual("所属", "section"),
    "job": Bilingual("職種", "job"),
    "post": Bilingual("職", "post"),
    "since": Bilingual("任期の初日", "first day"),
    "until": Bilingual("任期の末日", "last day"),
    "platform": Bilingual("媒体", "network"),
    "handle": Bilingual("ユーザー名", "handle"),
    "network_id": Bilingual("媒体側ID", "network's id"),
    "steward": Bilingual("管理者", "steward"),
    "personal": Bilingual("個人", "personal"),
    "posters": Bilingual("投稿者", "posters"),
    "purpose": Bilingual("目的", "purpose"),
    "opened": Bilingual("開設日", "opened"),
    "closed": Bilingual("閉鎖日", "closed"),
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


@attrs.frozen(kw_only=True, slots=False)
class Change:
    """
    A change to one person or one account.

    Attributes:
        kind: What it does.
        before: What stands before it; None where there is nothing.
        after: What stands after it; None where nothing does.
        effective: The first day on which it holds.
        because: The personnel number of the person whose coming, moving or leaving brings it about; empty otherwise.
        prepared: The keys of the prepared changes that it puts into effect.
        by: Who prepared them; empty where nobody did.
    """

    kind: Kind
    before: Subject | None
    after: Subject | None
    effective: date
    because: str = ""
    prepared: tuple[str, ...] = ()
    by: str = ""

    @property
    def about(self) -> Subject:
        """The person or the account; as it is afterwards, where it is there."""
        found = self.after if self.after is not None else self.before
        assert found is not None, "a change is about something"
        return found

    @property
    def fact(self) -> str:
        """The kind of the fact that it changes."""
        return register.PERSON if isinstance(self.about, Person) else register.ACCOUNT

    @property
    def key(self) -> str:
        """The personnel number, or the account's id."""
        return key_of(self.about)

    @property
    def subject(self) -> str:
        """What records are about: the account's id, or `person:` with the personnel number."""
        return f"{register.PERSON}:{self.key}" if self.fact == register.PERSON else self.key

    @cached_property
    def id(self) -> str:
        """A digest of what it does, the same wherever and whenever it is planned."""
        said = [self.kind.value, self.subject, value_of(self.before), value_of(self.after)]
        return hashlib.sha256(_encode(said).encode()).hexdigest()[:12]

    @property
    def closes(self) -> bool:
        """Whether it closes an account: its credential must be taken back."""
        return isinstance(self.after, Account) and self.after.closed is not None and self._was_open

    @property
    def hands_over(self) -> str:
        """To whom a connected account is handed over, whose credential may depend on the person before; else empty."""
        before, after = self.before, self.after
        if isinstance(before, Account) and isinstance(after, Account) and before.network_id and not self.closes:
            return after.steward if after.steward != before.steward else ""
        return ""

    @property
    def put(self) -> Subject | None:
        """What is put into the register at once: all but what takes a step at a network."""
        after = self.after
        if isinstance(after, Account) and isinstance(self.before, Account):
            if self.closes:
                return attrs.evolve(after, closed=None, steward=self.before.steward)
            if self.hands_over:
                return attrs.evolve(after, steward=self.before.steward)
        return after

    @property
    def _was_open(self) -> bool:
        return isinstance(self.before, Account) and self.before.closed is None

    @property
    def said(self) -> Bilingual:
        """What it does, in words."""
        about = self.about
        if isinstance(about, Person):
            name = f"{about.number} {about.name}"
            section = f"（{about.section}）" if about.section else "", f" ({about.section})" if about.section else ""
        else:
            handle = f" @{about.handle}" if about.handle else ""
            name, section = f"{about.id}{handle}", ("", "")
        fields = self._fields
        match self.kind:
            case Kind.JOIN | Kind.LEAVE | Kind.OPEN | Kind.CLOSE:
                return Bilingual(f"{name}{section[0]}", f"{name}{section[1]}")
            case Kind.CANCEL:
                return Bilingual(f"{name} の予定を取り消す", f"{name}: what was prepared is dropped")
            case _:
                ja = "、".join(f"{word.ja} {old or '—'} → {new or '—'}" for word, old, new in fields)
                en = ", ".join(f"{word.en} {old or '—'} → {new or '—'}" for word, old, new in fields)
                return Bilingual(f"{name}: {ja}", f"{name}: {en}")

    @property
    def _fields(self) -> list[tuple[Bilingual, str, str]]:
        if self.before is None or self.after is None:
            return []
        return [
            (_FIELDS[name], _shown(getattr(self.before, name)), _shown(getattr(self.after, name)))
            for name in differing(self.before, self.after)
        ]

    @property
    def noted(self) -> dict[str, str]:
        """What a record says of it: what a person is called is left out."""
        if self.before is None or self.after is None:
            about = self.about
            return {"section": about.section} if about.section else {}
        return {
            name: "changed"
            if name == "name"
            else f"{_shown(getattr(self.before, name))} → {_shown(getattr(self.after, name))}"
            for name in differing(self.before, self.after)
        }


def differing(one: Subject, other: Subject) -> list[str]:
    """Name the fields in which two people, or two accounts, differ."""
    return [field.name for field in attrs.fields(type(one)) if getattr(one, field.name) != getattr(other, field.name)]


def key_of(about: Subject) -> str:
    """Give the key of the fact about a person or an account."""
    return about.number if isinstance(about, Person) else about.id


def kind_of(before: Subject | None, after: Subject | None) -> Kind:
    """Say what a change does that leads from one to the other."""
    match before, after:
        case None, Person():
            return Kind.JOIN
        case Person(), None:
            return Kind.LEAVE
        case Person(), Person():
            return Kind.UPDATE if before.section == after.section else Kind.MOVE
        case Account(), Account():
            if before.closed is None and after.closed is not None:
                return Kind.CLOSE
            if before.closed is not None and after.closed is None:
                return Kind.OPEN
            return Kind.CHANGE if before.steward == after.steward else Kind.HAND_OVER
        case _:
            # An account that was only planned is dropped, and one that is new is opened.
            return Kind.OPEN if before is None else Kind.CANCEL


def value_of(about: Subject | None) -> dict[str, Any] | None:
    """Write a person or an account as a fact's value, with its key."""
    match about:
        case Person():
            return {"number": about.number, **register.person_value(about)}
        case Account():
            return {"id": about.id, **register.account_value(about)}
        case _:
            return None


def read_value(value: Mapping[str, Any] | None) -> Subject | None:
    """Read what `value_of` wrote."""
    if value is None:
        return None
    rest = dict(value)
    if "number" in rest:
        return register.person(Fact(kind=register.PERSON, key=rest.pop("number"), value=rest))
    return register.account(Fact(kind=register.ACCOUNT, key=rest.pop("id"), value=rest))


def digest(changes: Iterable[Change], *, today: date) -> str:
    """Give the digest of changes in order; the day counts only where it is to come."""
    summed = hashlib.sha256()
    for change in changes:
        day = change.effective.isoformat() if change.effective > today else ""
        summed.update(f"{change.id} {day}\n".encode())
    return summed.hexdigest()


def _shown(value: object) -> str:
    match value:
        case None | "":
            return ""
        case frozenset():
            return " ".join(sorted(map(str, value)))
        case date():
            return value.isoformat()
        case _:
            return str(value)
