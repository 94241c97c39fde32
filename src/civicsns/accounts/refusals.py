"""Why an enrolment does not go on: each says what happened and what to do, and gives nobody else's data away."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from civicsns.accounts.enrolment import Problem, Stage


class LinkReason(StrEnum):
    """Why a link does not open."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    CANCELLED = "cancelled"
    LOCKED = "locked"


_ASK: Final = Bilingual("担当課に新しいリンクを求めてください。", "Ask the section in charge for a new link.")
_LINKS: Final = {
    LinkReason.UNKNOWN: (
        Bilingual("このリンクは正しくありません。", "This is no link of ours."),
        Bilingual(
            "リンク全体を写したか確かめ、それでも開かないときは担当課に尋ねてください。",
            "Check that you copied all of it; if it still does not open, ask the section in charge.",
        ),
    ),
    LinkReason.EXPIRED: (Bilingual("このリンクは期限が切れました。", "This link has expired."), _ASK),
    LinkReason.USED: (
        Bilingual(
            "このアカウントは接続済みです。リンクは一度しか使えません。",
            "This account is connected. The link worked once, and does not work again.",
        ),
        Bilingual("何もしなくて構いません。", "There is nothing to do."),
    ),
    LinkReason.CANCELLED: (
        Bilingual("このリンクは取り消されたか、新しいものに替わりました。", "This link was cancelled or replaced."),
        _ASK,
    ),
    LinkReason.LOCKED: (
        Bilingual(
            "職員番号が何度も違ったため、このリンクは止まっています。",
            "Too many wrong personnel numbers: this link is shut.",
        ),
        _ASK,
    ),
}


class LinkError(NotPermitted):
    """
    A link that does not open.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: LinkReason) -> None:
        what, mend = _LINKS[reason]
        super().__init__(what, mend=mend)
        self.reason = reason


class WrongPerson(NotPermitted):
    """
    The browser has not said whose it is, or said it wrong.

    Attributes:
        left: How many more wrong numbers the link bears.
    """

    def __init__(self, *, left: int) -> None:
        super().__init__(
            Bilingual(
                "職員番号が、このリンクを渡した職員のものと一致しません。",
                "This is not the personnel number of the person whom the link is for.",
            ),
            mend=Bilingual(
                f"本人の職員番号を入れてください。あと {left} 回まで入れられます。他の人宛てのリンクなら、開かずに返してください。",
                f"Give your own personnel number; {left} more tries. If the link is for somebody else, hand it back unopened.",
            ),
            place="number",
        )
        self.left = left


class StepMissing(NotPermitted):
    """
    Another step comes first.

    Attributes:
        step: Which.
    """

    def __init__(self, step: Stage) -> None:
        super().__init__(
            Bilingual("先に済ませる手順があります。", "Another step comes first."),
            mend=Bilingual(f"「{step.said.ja}」まで進めてください。", f"Go on to: {step.said.en}."),
            place=step.value,
        )
        self.step = step


class SignInError(NotPermitted):
    """The network's answer belongs to no sign-in that was begun here, in this browser, just now."""

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "この接続の続きは受け付けられません（別のブラウザーで始めた、時間が経った、または使用済み）。",
                "This sign-in cannot go on here: it was begun in another browser, took too long, or is over.",
            ),
            mend=Bilingual(
                "渡されたリンクを開き、接続をやり直してください。", "Open the link you were given, and sign in again."
            ),
        )


class WrongAccount(NotPermitted):
    """
    Another account was connected than the one that may be; nothing of it was kept.

    Attributes:
        problem: In what way it is wrong.
        connected: What the network calls the account that was connected.
    """

    def __init__(self, problem: Problem, what: Bilingual, *, mend: Bilingual, connected: str = "") -> None:
        super().__init__(what, mend=mend)
        self.problem = problem
        self.connected = connected
