"""`civicsns vault`: sealed credentials and the keys that wrap theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import files, options, report
from civicsns.errors import ConfigurationError
from civicsns.heartbeat import ALIVE, KIND, ONCE, Heartbeat
from civicsns.language import Bilingual
from civicsns.program import Program
from civicsns.vault import keys, rotation
from civicsns.vault.file import CredentialFile
from civicsns.vault.sealed import SealedVault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.enrolment import UnderWay
    from civicsns.vault.rotation import Standing


@click.group()
@options.settings_of_group
def vault() -> None:
    """
    封印した認証情報と、その鍵。

    Sealed credentials, and the keys to them.
    """


@vault.command()
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="鍵を置くファイル / A new file.")
@click.option("--keyring", "name", help="システムのキーリングでの名前 / A name in the system's keyring.")
@click.option("--env", "variable", help="環境変数の名前。鍵を一度だけ示します / A variable; the key is shown, once.")
def init(path: Path | None, name: str | None, variable: str | None) -> None:
    """
    封印の鍵を新しく作ります。--file・--keyring・--env のどれか一つを指定します。

    Make a new wrapping key: give one of --file, --keyring and --env.
    """
    if len([given for given in (path, name, variable) if given is not None]) != 1:
        msg = "--file・--keyring・--env のどれか一つを指定してください。 / Give one of --file, --keyring and --env."
        raise click.UsageError(msg)
    key = keys.generate()
    if path is not None:
        with files.writing(path):
            keys.write_file(path, key)
        source = f"{{ file = {json.dumps(str(path), ensure_ascii=False)} }}"
    elif name is not None:
        keys.write_keyring(name, key)
        source = f"{{ keyring = {json.dumps(name, ensure_ascii=False)} }}"
    else:
        # Apart from what is said about it, so that it can be put where it belongs without being seen.
        click.echo(key.reveal())
        source = f"{{ env = {json.dumps(variable, ensure_ascii=False)} }}"
    for line in (
        f"鍵 {keys.parse(key, place='vault.key').id} を作りました。失うと、封印は二度と開きません。保管庫の控えとは別の所に控えを取ってください。",
        "The key is made. Without it nothing opens again: keep a copy, apart from the backups of the store.",
        f"設定 / Settings:\n\n[vault]\nkey = {source}",
    ):
        click.echo(line, err=True)


@vault.command()
@options.settings
@options.as_json
def status(settings: Path, *, as_json: bool) -> None:
    """
    封印がすべて開くかを確かめ、鍵と状態を示します。秘密は示しません。

    Try whether every envelope opens; show keys and states. Nothing secret is shown.
    """
    with Program.open(settings) as program:
        sealed = _sealed(program, settings)
        found = rotation.look(sealed)
        under_way = program.enrolments.under_way()
        names, others = sealed.key_names(), _at_work(program, sealed)
    if as_json:
        told = [*map(_told, found), *map(_told_of_sign_in, under_way)]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(found)
        _show_sign_ins(under_way)
    # Apart from the list, whose shape is for programs.
    for line in _compared(names, others):
        click.echo(line, err=True)
    if (
        any(names[0] not in one.keys for one in others)
        or any(one.fault is not None or one.held.lost is not None for one in found)
        or any(one.fault is not None for one in under_way)
    ):
        raise SystemExit(1)


@vault.command()
@options.settings
@options.by
@click.option("--data", is_flag=True, help="データ鍵も作り直す / Seal everything anew, with new data keys.")
def rotate(settings: Path, *, by: str, data: bool) -> None:
    """
    すべての封印を、今の鍵で包み直します。運用中でも、途中で止めても安全です。

    Wrap what is sealed by the current key. Safe while the programme runs, and when it was interrupted.

    動いている処理に今の鍵を持たないものがあれば、何もしません。前の鍵は、終わるまで設定の previous に残してください。
    Nothing is done while a process at work lacks that key. Leave the one from before among `previous` until the end.
    """
    with Program.open(settings) as program:
        program.roster.person(by, place="--by")
        sealed = _sealed(program, settings)
        _require_known(sealed.keys.current.id, _at_work(program, sealed))
        done = rotation.rotate(sealed, by=by, data=data)
        done += program.enrolments.reseal(data=data)
    report.console().print(f"{done} 件の封印を包み直しました。 / {done} envelopes were changed.", markup=False)


@vault.command("import")
@options.settings
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_(settings: Path, *, file: Path) -> None:
    """
    認証情報のファイル（credentials.json）の中身を封印します。済んだら、そのファイルは消してください。

    Seal what is in a file of credentials; destroy the file afterwards.

    もう一度実行しても、封印済みのものより新しくないものは飛ばします。
    What is no newer than what is sealed already is left out, so it can be run again.
    """
    source = CredentialFile(file)
    taken = 0
    with Program.open(settings) as program:
        sealed = _sealed(program, settings)
        held = {one.account: one for one in sealed.held()}
        for one in source.held():
            account = program.account(one.account)
            credential = source.remains(account)
            if credential is None or one.lost is not None:
                continue
            stored = held.get(account.id)
            if stored is None or stored.lost is not None or stored.generation < credential.generation:
                taken += sealed.put(account, credential)
    report.console().print(
        f"{taken} 件を封印しました。{file} は消してください。 / {taken} were sealed; destroy {file}.",
        markup=False,
        soft_wrap=True,
    )


def _sealed(program: Program, settings: Path) -> SealedVault:
    if not isinstance(program.vault, SealedVault):
        raise ConfigurationError(
            Bilingual("設定に [vault] がありません。", "The settings have no table [vault]."),
            mend=Bilingual(
                "civicsns vault init で鍵を作り、示された設定を加えてください。",
                "Make a key with civicsns vault init, and add what it shows to the settings.",
            ),
            place=str(settings),
        )
    return program.vault


def _at_work(program: Program, sealed: SealedVault) -> Sequence[Heartbeat]:
    """Give the processes that deliver; one that a timer starts reads the settings each time."""
    now = sealed.clock.now()
    beats = (Heartbeat.read(fact) for fact in program.store.facts(KIND))
    return [beat for beat in beats if beat.engine != ONCE and now - beat.at <= ALIVE]


def _compared(names: Sequence[str], others: Sequence[Heartbeat]) -> Iterable[str]:
    """Say what keys the processes at work have, as far as that is not as it is here."""
    for one in others:
        if names[0] not in one.keys:
            yield (
                f"{one.name} は鍵 {names[0]} を持たず、それで封印したものを開けません。設定を直して再起動してください。\n"
                f"{one.name} lacks the key {names[0]}, and cannot open what it sealed: mend its settings, and restart it."
            )
        elif one.keys[0] != names[0]:
            yield (
                f"{one.name} は鍵 {one.keys[0]} で封印しています。再起動するまで、その鍵を previous から外さないでください。\n"
                f"{one.name} seals with {one.keys[0]}: leave that among `previous` until it is restarted."
            )


def _require_known(name: str, others: Sequence[Heartbeat]) -> None:
    """
    Ask that every process at work can open what is wrapped by a key.

    Raises:
        ConfigurationError: If one cannot.
    """
    lacking = [one.name for one in others if name not in one.keys]
    if lacking:
        raise ConfigurationError(
            Bilingual(
                f"鍵 {name} を持たない処理が動いています。包み直すと、そこでは認証情報が開かなくなります。",
                f"There are processes at work that lack the key {name}; there, nothing would open any more.",
            ),
            mend=Bilingual(
                "その処理の [vault] に鍵を加えて再起動してから、やり直してください。止めた処理なら、2 分待ってください。",
                "Add it to their [vault], restart them, and try again; after one was killed, wait two minutes.",
            ),
            place=", ".join(lacking),
        )


def _told(one: Standing) -> dict[str, Any]:
    held = one.held
    return {
        "account": held.account,
        "platform": held.platform,
        "kind": held.kind.value,
        "version": held.version,
        "generation": held.generation,
        "subject": held.subject,
        "scopes": sorted(held.scopes),
        "expires_at": held.expires_at.isoformat() if held.expires_at else None,
        "key": one.key,
        "current_key": one.current,
        "opens": one.fault is None,
        "fault": {"ja": one.fault.what.ja, "en": one.fault.what.en} if one.fault else None,
        "begun_at": held.begun_at.isoformat() if held.begun_at else None,
        "lost": {"ja": held.lost.ja, "en": held.lost.en} if held.lost else None,
    }


def _told_of_sign_in(one: UnderWay) -> dict[str, Any]:
    return {
        "account": one.account,
        "kind": "sign-in",
        "step": one.step.value,
        "since": one.since.isoformat(),
        "key": one.key,
        "current_key": one.current,
        "opens": one.fault is None,
        "fault": {"ja": one.fault.what.ja, "en": one.fault.what.en} if one.fault else None,
    }


def _show_sign_ins(under_way: Sequence[UnderWay]) -> None:
    console = report.console()
    stale = sum(not one.current for one in under_way)
    count = len(under_way)
    console.print(
        f"接続の途中 {count} 件、うち前の鍵が {stale} 件 / {count} sign-ins under way, {stale} by an earlier key"
    )
    for one in under_way:
        if one.fault is not None:
            console.print(f"! {one.account}: {one.fault.what}", markup=False, soft_wrap=True)


def _show(found: Sequence[Standing]) -> None:
    table = Table()
    for heading in ("アカウント / Account", "種類 / Kind", "版 / Version", "鍵 / Key", "状態 / State"):
        table.add_column(heading, overflow="fold")
    for one in found:
        state = "よい / well"
        if one.fault is not None:
            state = f"{one.fault.what.ja} / {one.fault.what.en}"
        elif one.held.lost is not None:
            state = f"{one.held.lost.ja} / {one.held.lost.en}"
        elif one.held.begun_at is not None:
            since = f"{one.held.begun_at:%Y-%m-%d %H:%M} UTC"
            state = f"{since} に始めた更新の結果が不明 / an exchange began at {since}, and how it ended is not known"
        key = one.key if one.current else f"{one.key}（前 / previous）"
        cells = (one.held.account, one.held.kind.value, str(one.held.version), key, state)
        table.add_row(*(escape(cell) for cell in cells))
    console = report.console()
    console.print(table)
    stale = sum(not one.current for one in found)
    console.print(f"{len(found)} 件、うち前の鍵が {stale} 件 / {len(found)} credentials, {stale} by an earlier key")
