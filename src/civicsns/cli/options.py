"""Options that several commands share."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
import click
from click.core import ParameterSource

from civicsns.cli import texts
from civicsns.errors import BadInput
from civicsns.language import Bilingual, Language
from civicsns.model import Capacity, Decision, Draft, Lane, Media, Waiver
from civicsns.policy import exif

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from civicsns.program import Program

F = TypeVar("F", bound="Callable[..., Any]")


def _nearest(context: click.Context, option: click.Parameter, path: Path) -> Path:
    """Let the option stand before a subcommand or after it; the one after counts where there are both."""
    assert option.name is not None, "it has a name"
    if context.get_parameter_source(option.name) is not ParameterSource.DEFAULT or context.obj is None:
        # A subcommand's context begins with what its group's context has here.
        context.obj = path
    return cast("Path", context.obj)


def _settings(*, given: bool = True) -> Callable[[F], F]:
    return click.option(
        "--settings",
        "-c",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("civicsns.toml"),
        show_default=True,
        callback=_nearest,
        expose_value=given,
        help="設定ファイル / The settings file.",
    )


settings = _settings()
#: The same for a group that does nothing itself.
settings_of_group = _settings(given=False)

by = click.option("--by", required=True, help="職員番号 / The personnel number of whoever does it.")
reason = click.option("--reason", required=True, help="理由（証跡に残ります） / Why; it goes on record.")
as_json = click.option("--json", "as_json", is_flag=True, help="JSON で示す / Show as JSON.")


def waivers(command: F) -> F:
    """Add the options with which rules are waived 例外承認 for one text."""
    added: list[Callable[[Any], Any]] = [
        click.option(
            "--waive",
            "waived",
            multiple=True,
            metavar="CODE",
            help="例外承認する規範。--reason が要ります / A rule that is waived for this post; takes --reason.",
        ),
        click.option(
            "--waived-by", help="例外承認した職員の番号。省くと起案者 / Who waives it; the author unless given."
        ),
    ]
    for add in reversed(added):
        command = add(command)
    return command


def decision(draft: Draft, *, reason: str, waived: Iterable[str], waived_by: str | None) -> Decision | None:
    """Make the decision that the options give, if any."""
    made = [Waiver(rule=code, by=waived_by or draft.author, digest=draft.digest, reason=reason) for code in waived]
    return Decision(by=draft.author, digest=draft.digest, reason=reason, waivers=made) if reason or made else None


def standards(command: F) -> F:
    """Add the options that say by what posts are checked, where it is not by the settings."""
    added: list[Callable[[Any], Any]] = [
        click.option(
            "--pack",
            "packs",
            multiple=True,
            metavar="NAME",
            help="設定の代わりに使う規範パック / A rule pack instead of those of the settings.",
        ),
        click.option(
            "--overlay",
            type=click.Path(path_type=Path, dir_okay=False),
            help="設定の代わりに使う policy.toml / An overlay instead of that of the settings.",
        ),
    ]
    for add in reversed(added):
        command = add(command)
    return command


def languages(command: F) -> F:
    """Add the option that says in which languages something is shown."""
    return click.option(
        "--language",
        "-l",
        type=click.Choice([language.value for language in Language]),
        help="一つの言語だけで示す / Show one language only.",
    )(command)


def asked(context: click.Context, name: str) -> bool:
    """Tell whether somebody gave an option, before the command or after it."""
    return any(
        one.get_parameter_source(name) not in {None, ParameterSource.DEFAULT}
        for one in (context, context.parent)
        if one is not None
    )


def window(command: F) -> F:
    """Add the options that say when a post goes out."""
    added: list[Callable[[Any], Any]] = [
        click.option("--at", help="この時刻以後に送る（例 2026-04-01 09:00） / Send at this time or later."),
        click.option("--until", help="この時刻までに出せなければ送らない / Do not send it from this time on."),
        click.option(
            "--next-business-day",
            is_flag=True,
            help="翌開庁日に送る。--at は時刻だけ / Send on the next business day; --at is a time of day then.",
        ),
    ]
    for add in reversed(added):
        command = add(command)
    return command


def timed(item: Draft, program: Program, *, at: str | None, until: str | None, next_business_day: bool) -> Draft:
    """
    Give the draft with the times that the options say.

    Raises:
        BadInput: If a time cannot be read, is over, or leaves no time to send.
    """
    begins = None
    if next_business_day:
        begins = program.next_business_day()
        if at is not None:
            begins = program.read_time(at, place="--at", on=begins.date())
    elif at is not None:
        begins = program.read_time(at, place="--at")
    day = begins.astimezone(program.zone).date() if begins else None
    ends = program.read_time(until, place="--until", on=day) if until is not None else None
    return attrs.evolve(item, not_before=begins, not_after=ends)


@contextmanager
def existing(subject: str) -> Generator[None]:
    """
    Say so where there is no such delivery.

    Raises:
        BadInput: In place of a `KeyError`.
    """
    try:
        yield
    except KeyError:
        raise BadInput(
            Bilingual("このIDの配信はありません。", "There is no delivery of that id."),
            mend=Bilingual(
                "投稿したときの一覧や civicsns ledger で ID を確かめてください。",
                "Look for the id in what publish showed, or in civicsns ledger.",
            ),
            place=subject,
        ) from None


def _draft(command: F, *, whole: bool) -> F:
    added: list[Callable[[Any], Any]] = [
        click.argument("text", required=whole),
        click.option("--author", "-a", required=whole, help="起案者の職員番号 / The author's personnel number."),
        click.option(
            "--account", "-t", "accounts", multiple=True, required=whole, help="投稿先 / Account to post under."
        ),
        click.option(
            "--image",
            "-i",
            "images",
            multiple=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="画像・動画 / A picture or film.",
        ),
        click.option("--alt", "alts", multiple=True, help="画像の代替テキスト（順番に） / Alt texts, in order."),
        click.option(
            "--strip",
            is_flag=True,
            help="画像から撮影場所・機種・日時を除く / Take place, device and time out of the pictures.",
        ),
        click.option("--link", help="リンク / A link."),
        click.option("--thread", is_flag=True, help="長い文を続き投稿に分ける / Cut a long text into a thread."),
        click.option("--emergency", is_flag=True, help="緊急。通常の投稿より先に送る / Overtakes routine posts."),
        click.option(
            "--prefer-duplicate",
            is_flag=True,
            help="届かないより二重のほうがよい。--emergency が要ります / Rather twice than not at all; takes --emergency.",
        ),
    ]
    for add in reversed(added):
        command = add(command)
    return command


def draft(command: F) -> F:
    """Add the options that make a draft."""
    return _draft(command, whole=True)


def sketch(command: F) -> F:
    """Add the options that make a draft which need not say yet whose it is, and where it goes."""
    return _draft(command, whole=False)


def make_draft(
    *,
    text: str,
    author: str | None,
    accounts: tuple[str, ...],
    images: tuple[Path, ...],
    alts: tuple[str, ...],
    strip: bool,
    link: str | None,
    thread: bool,
    emergency: bool,
    prefer_duplicate: bool,
    private: bool = False,
) -> Draft:
    """
    Make the draft that the options describe. A text of `-` is read from standard input.

    Raises:
        BadInput: If a file is no picture or film.
        click.UsageError: If there are more alt texts than pictures, or standard input is no text.
    """
    if len(alts) > len(images):
        msg = "--alt が --image より多くあります。 / There are more --alt than --image."
        raise click.UsageError(msg)
    if text == "-":
        text = texts.piped()
    described = [*alts, *[None] * (len(images) - len(alts))]
    made = Draft(
        author=author or "",
        text=text,
        accounts=accounts,
        media=[Media.from_path(path, alt_text=alt) for path, alt in zip(images, described, strict=True)],
        link=link,
        thread=thread,
        lane=Lane.EMERGENCY if emergency else Lane.ROUTINE,
        prefer_duplicate=prefer_duplicate,
        capacity=Capacity.PRIVATE if private else Capacity.OFFICIAL,
    )
    return exif.stripped(made) if strip else made
