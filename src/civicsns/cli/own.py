"""A person's own rules 自分の決まり, as other commands obey them; see `civicsns.policy.personal`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from civicsns.clock import SystemClock
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language
from civicsns.policy import personal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from civicsns.model import Draft

F = TypeVar("F", bound="Callable[..., Any]")

#: The exit code of a command that a person's own rule stopped.
STOPPED = 3

_STOPPED = Bilingual(
    "自分の決まりにより止めました。何も送信していません。内容は civicsns mine check で、続けるときは --anyway で。",
    "Your own rules stopped this. Nothing was sent. See civicsns mine check; go on with --anyway.",
)
_WOULD_STOP = Bilingual(
    "自分の決まりに当たります。内容は civicsns mine check で。",
    "Your own rules would stop this; see civicsns mine check.",
)


def place() -> Path:
    """Give where the rules are of whoever runs this: the file that CIVICSNS_MINE names, or one in the home folder."""
    named = os.environ.get("CIVICSNS_MINE")
    return Path(named) if named else Path(click.get_app_dir("civicsns")) / "mine.toml"


def anyway(command: F) -> F:
    """Add the option by which a person says otherwise."""
    return click.option(
        "--anyway", is_flag=True, help="自分の決まりに当たっても続ける / Go on in spite of your own rules."
    )(command)


def obey(draft: Draft, *, zone: tzinfo, anyway: bool) -> None:
    """
    Stop here if the rules of whoever runs this say so, unless that person goes on anyway.

    What is said names no rule and no word: the terminal may be read by others, and be kept.
    """
    if anyway:
        return
    wrong: ConfigurationError | None = None
    stopped = False
    try:
        rules = personal.read(place(), zone=zone)
        stopped = rules is not None and bool(personal.stopping(rules.check(draft, now=SystemClock().now())))
    except ConfigurationError as error:
        wrong = error
    if wrong is not None:
        _aside(Bilingual(wrong.in_(Language.JA), wrong.in_(Language.EN)))
    if stopped or wrong is not None:
        _aside(_STOPPED)
        sys.exit(STOPPED)


def remind(draft: Draft, *, zone: tzinfo) -> None:
    """Say where the rules of whoever runs this would stop *draft*; nothing else is changed by it."""
    try:
        rules = personal.read(place(), zone=zone)
    except ConfigurationError as error:
        _aside(Bilingual(error.in_(Language.JA), error.in_(Language.EN)))
        return
    if rules is not None and personal.stopping(rules.check(draft, now=SystemClock().now())):
        _aside(_WOULD_STOP)


def _aside(words: Bilingual) -> None:
    """Tell the person apart from what the command puts out, which goes on to other programs."""
    click.echo(f"{words.ja} / {words.en}", err=True)
