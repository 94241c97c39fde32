"""`civicsns mine`: a person's own rules 自分の決まり."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from civicsns.cli import own, report, texts
from civicsns.clock import SystemClock
from civicsns.model import Draft
from civicsns.policy import personal

if TYPE_CHECKING:
    from civicsns.policy.personal import PersonalRules


@click.group()
def mine() -> None:
    """
    自分の決まり（飲酒の後は投稿しない、など）。本人だけのもので、市には伝わりません。

    Your own rules, such as no posts after a drink. They are yours alone, and the city is told nothing.
    """


@mine.command()
def init() -> None:
    """
    自分の決まりのファイルを作ります。

    Make the file of your own rules.
    """
    path = own.place()
    made = personal.create(path)
    said = ("作りました", "Made") if made else ("すでにあります", "It is there already")
    report.console().print(f"{said[0]} / {said[1]}: {path}", markup=False, soft_wrap=True)


@mine.command()
def show() -> None:
    """
    自分の決まりの場所と内容を示します。

    Show where your own rules are, and what they say.
    """
    path = own.place()
    console = report.console()
    console.print(str(path), markup=False, soft_wrap=True)
    if _rules() is None:
        console.print("決まりはありません（civicsns mine init で作れます）。 / There are none (civicsns mine init).")
    else:
        console.print(path.read_text(encoding="utf-8-sig"), markup=False, soft_wrap=True)


@mine.command("check")
@click.argument("text")
@click.option("--reply-to", metavar="ACCOUNT", help="返信の相手 / Whom it answers.")
def check_text(text: str, reply_to: str | None) -> None:
    """
    今この文章を投稿してよいか、自分の決まりに照らします。何も送信も記録もしません。

    Hold a text against your own rules, at this moment. Nothing is sent, nothing is kept on record.
    """
    if text == "-":
        text = texts.piped()
    if reply_to:
        text = f"@{reply_to.removeprefix('@')} {text}"
    rules = _rules()
    said = () if rules is None else rules.check(Draft(author="", text=text, accounts=()), now=SystemClock().now())
    console = report.console()
    for one in said:
        words = one.tell()
        console.print(f"{words.ja} / {words.en}", markup=False, soft_wrap=True)
    if not said:
        console.print("自分の決まりに当たりません。 / None of your own rules speaks.")
    sys.exit(own.STOPPED if personal.stopping(said) else 0)


def _rules() -> PersonalRules | None:
    zone = SystemClock().now().astimezone().tzinfo
    assert zone is not None, "a moment has been given a zone"
    return personal.read(own.place(), zone=zone)
