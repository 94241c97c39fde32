"""
The lifecycle of people and accounts 人事異動とアカウント: who comes, moves and leaves, as a plan before anything happens.

`plan` compares what stands with a roster; `due` tells what was prepared for a day that has come. Both are pure; the
service `civicsns.lifecycle` puts plans into effect.
"""

from civicsns.accounts.lifecycle.change import SIGNS, WORDS, Change, Kind
from civicsns.accounts.lifecycle.notice import Notice, NoticeKind
from civicsns.accounts.lifecycle.planning import Expected, Plan, due, plan
from civicsns.accounts.lifecycle.prospect import Prepared, Prospect
from civicsns.accounts.lifecycle.wanted import Wanted

__all__ = [
    "SIGNS",
    "WORDS",
    "Change",
    "Expected",
    "Kind",
    "Notice",
    "NoticeKind",
    "Plan",
    "Prepared",
    "Prospect",
    "Wanted",
    "due",
    "plan",
]
