"""
Detectors 検出器: the closed set of ways in which a rule of a pack can find something.

A pack's rule has one table `detect` whose `kind` is one of `KINDS`. Each kind is a module of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.policy.detect.either import Either
from civicsns.policy.detect.near import Near
from civicsns.policy.detect.number import Numbers
from civicsns.policy.detect.pattern import Pattern
from civicsns.policy.detect.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from civicsns.policy.detect.base import Detector, Words

#: The kinds of detectors, by name: each makes a detector from its table.
KINDS: dict[str, Callable[[Mapping[str, Any], Words], Detector]] = {
    "any": lambda table, words: Either.of(table, words, KINDS),
    "near": Near.of,
    "number": Numbers.of,
    "regex": Pattern.of,
    "terms": Terms.of,
}
