"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from civicsns.model import Draft, Lane, Media

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

settings = click.option(
    "--settings",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("civicsns.toml"),
    show_default=True,
    help="設定ファイル / The settings file.",
)


def draft(command: F) -> F:
    """Add the options that make a draft."""
    added: list[Callable[[Any], Any]] = [
        click.argument("text"),
        click.option("--author", "-a", required=True, help="起案者の職員番号 / The author's personnel number."),
        click.option(
            "--account", "-t", "accounts", multiple=True, required=True, help="投稿先 / Account to post under."
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
        click.option("--link", help="リンク / A link."),
        click.option("--thread", is_flag=True, help="長い文を続き投稿に分ける / Cut a long text into a thread."),
        click.option("--emergency", is_flag=True, help="緊急。通常の投稿より先に送る / Overtakes routine posts."),
    ]
    for add in reversed(added):
        command = add(command)
    return command


def make_draft(
    *,
    text: str,
    author: str,
    accounts: tuple[str, ...],
    images: tuple[Path, ...],
    alts: tuple[str, ...],
    link: str | None,
    thread: bool,
    emergency: bool,
) -> Draft:
    """
    Make the draft that the options describe. A text of `-` is read from standard input.

    Raises:
        BadInput: If a file is no picture or film.
        click.UsageError: If there are more alt texts than pictures.
    """
    if len(alts) > len(images):
        msg = "--alt が --image より多くあります。 / There are more --alt than --image."
        raise click.UsageError(msg)
    if text == "-":
        text = sys.stdin.read().rstrip("\n")
    described = [*alts, *[None] * (len(images) - len(alts))]
    return Draft(
        author=author,
        text=text,
        accounts=accounts,
        media=[Media.from_path(path, alt_text=alt) for path, alt in zip(images, described, strict=True)],
        link=link,
        thread=thread,
        lane=Lane.EMERGENCY if emergency else Lane.ROUTINE,
    )
