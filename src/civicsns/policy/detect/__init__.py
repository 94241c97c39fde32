"""
Detectors 検出器: the closed set of ways in which a rule of a pack can find something.

A pack's rule has one table `detect` whose `kind` is one of `KINDS`. Each kind is a module of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.policy.detect.account import Account
from civicsns.policy.detect.chars import Chars
from civicsns.policy.detect.date import Date
from civicsns.policy.detect.hashtag import Hashtag
from civicsns.policy.detect.media import Media
from civicsns.policy.detect.name import Name
from civicsns.policy.detect.near import Near
from civicsns.policy.detect.number import Numbers
from civicsns.policy.detect.pattern import Pattern
from civicsns.policy.detect.plain import Plain
from civicsns.policy.detect.question import Question
from civicsns.policy.detect.require import Require
from civicsns.policy.detect.style import Style
from civicsns.policy.detect.terms import Terms
from civicsns.policy.detect.time import Time
from civicsns.policy.detect.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from civicsns.policy.detect.base import Detector, LooksAtDraft, Words

#: The kinds of detectors, by name: each makes a detector from its table.
KINDS: dict[str, Callable[[Mapping[str, Any], Words], Detector | LooksAtDraft]] = {
    "account": Account.of,
    "chars": Chars.of,
    "date": Date.of,
    "hashtag": Hashtag.of,
    "media": Media.of,
    "name": Name.of,
    "near": Near.of,
    "number": Numbers.of,
    "plain": Plain.of,
    "question": Question.of,
    "regex": Pattern.of,
    "require": Require.of,
    "style": Style.of,
    "terms": Terms.of,
    "time": Time.of,
    "url": Url.of,
}
