"""Tokens are found nowhere outside the sealed columns: not on the disk, in logs, errors, reprs, pickles or a backup."""

from __future__ import annotations

import base64
import gc
import logging
import pickle
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import attrs
import pytest
import race

from civicsns.errors import AuthorizationLost, CivicsnsError, VaultError
from civicsns.model import Account, Credential, CredentialKind, DeliveryState, Draft, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault, Sandbox, programme
from civicsns.testing.sandbox.graph.model import GraphPage, GraphPerson
from civicsns.vault import keys, rotation
from civicsns.vault.sealed import SealedVault

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no\n"
)


#: Where a token may come by; the practice networks, in this same process, know their own.
_OURS = (
    "civicsns.adapters",
    "civicsns.dispatch",
    "civicsns.model",
    "civicsns.program",
    "civicsns.store",
    "civicsns.vault",
)


@attrs.define
class Found:
    """What was to be kept secret, and everything that a person, a disk or another process may have seen of it."""

    secrets: set[str] = attrs.field(factory=set)
    seen: list[tuple[str, bytes]] = attrs.field(factory=list)

    def secret(self, *values: str) -> None:
        self.secrets |= {value for value in values if value}

    def look(self, what: str, content: bytes | str) -> None:
        self.seen.append((what, content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content))

    def failing(self, what: str, call: Callable[[], object], kind: type[BaseException] = CivicsnsError) -> None:
        """Have it fail, and look at all that its error shows, whoever shows it."""
        with pytest.raises(kind) as caught:
            call()
        error: BaseException | None = caught.value
        self.look(f"the traceback of {what}", "".join(traceback.format_exception(caught.value)))
        while error is not None:
            self.look(f"an error of {what}", f"{error!r} {error} {error.args!r} {vars(error)!r}")
            if isinstance(error, CivicsnsError):
                self.look(f"the pickled error of {what}", pickle.dumps(error))
            error = error.__cause__ or error.__context__

    def leaks(self) -> Iterator[str]:
        for secret in sorted(self.secrets):
            raw = secret.encode()
            forms = {raw, quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"="), raw.hex().encode()}
            for what, content in self.seen:
                if any(form in content for form in forms):
                    yield f"{secret[:6]}… in {what}"


def files(folder: Path) -> Iterator[Path]:
    """Give what the programme has written; not the secrets that the city put there itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "secrets" not in path.parts and path.name != "vault.key":
            yield path


@pytest.fixture
def found():
    return Found()


def test_planted_tokens_are_found_nowhere(tmp_path: Path, found: Found, caplog: pytest.LogCaptureFixture):
    """
    Tokens that came in, were used, exchanged, refused, lost, sealed anew and destroyed leave no trace that can be read.
    """
    caplog.set_level(logging.DEBUG)
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
        )
        _sealed(settings, sandbox, found)
        _work(settings, sandbox, found)
    for record in caplog.records:
        found.look(f"the log of {record.name}", f"{record.getMessage()} {record.__dict__!r}")

    assert 9 <= len(found.secrets)
    assert {"civicsns.db", "backup.db"} <= {what for what, _ in found.seen}
    assert any(what == "civicsns.db-wal" for what, _ in found.seen)
    assert [] == list(found.leaks())


def _sealed(settings: Path, sandbox: Sandbox, found: Found) -> None:
    folder = settings.parent
    key = keys.generate()
    found.secret(key.reveal())
    keys.write_file(folder / "vault.key", key)
    plain = settings.read_text(encoding="utf-8").replace('credentials = "credentials.json"\n', "")
    app = sandbox.x.app
    for name, value in (("x-client-id", app.client_id), ("x-client-secret", app.client_secret)):
        (folder / "secrets" / name).write_text(value, encoding="utf-8")
    plain = plain.replace(
        "[networks.x]\n",
        '[networks.x]\nclient_id = { file = "secrets/x-client-id" }\n'
        'client_secret = { file = "secrets/x-client-secret" }\n',
    )
    settings.write_text(f'{plain}\n[vault]\nkey = "vault.key"\n', encoding="utf-8")
    found.secret(app.client_secret, app.consumer_secret, sandbox.graph.app.secret)
    (folder / "credentials.json").unlink()


def _work(settings: Path, sandbox: Sandbox, found: Found) -> None:
    folder = settings.parent
    clock = race.At(datetime.now(UTC))
    with Program.open(settings, clock=clock) as program:
        vault = program.vault
        assert isinstance(vault, SealedVault)
        accounts = {account.id: account for account in program.accounts}
        hanako, kanko = accounts["x:hanako"], accounts["facebook:kanko"]
        user = next(one for one in sandbox.x._state.users.values() if one.handle == "saga_hanako")
        _connect(program, sandbox, hanako, user, found)
        page_token = sandbox.graph.page_token(*_page(sandbox))
        found.secret(page_token)
        page = Credential(
            platform="facebook",
            kind=CredentialKind.FACEBOOK_PAGE,
            subject=kanko.network_id,
            secrets={"access_token": Secret(page_token)},
        )
        vault.put_together(kanko, page)

        def post(text: str, *to: str) -> set[DeliveryState]:
            results = program.publish(Draft(author="1001", text=text, accounts=to), patience=timedelta(0)).results
            for one in results:
                found.look("a delivery", repr(one))
            return {one.state for one in results}

        assert {DeliveryState.DELIVERED} == post("本日の朝市は中止です。", hanako.id, kanko.id)
        # Exchanged, and used.
        clock.moment += race.ROUND
        assert {DeliveryState.DELIVERED} == post("明日の朝市は開きます。", hanako.id)
        assert 1 == vault.get(hanako).generation
        _secrets(vault, hanako, found)
        # The network fails in its ways; whatever it answers may quote what it was told.
        for fault in (Fault.SERVER_ERROR, Fault.HTML_503):
            sandbox.x.faults.order(fault, on="create")
            post(f"お知らせ {fault.value}", hanako.id)
        _look_at_the_disk(folder, found)
        assert 2 == rotation.rotate(vault, by="1001", data=True)
        # Refused, and lost.
        sandbox.x.revoke_tokens(user)
        clock.moment += race.ROUND
        assert {DeliveryState.HELD} == post("週末の催しのお知らせです。", hanako.id)
        found.failing("a lost account", lambda: vault.get(hanako), AuthorizationLost)
        _secrets(vault, hanako, found)
        # Damaged.
        with sqlite3.connect(folder / "civicsns.db") as raw:
            raw.execute("UPDATE civicsns_credentials SET platform = 'x' WHERE account = 'facebook:kanko'")
        raw.close()
        found.failing("a damaged row", lambda: vault.get(kanko), VaultError)
        found.failing("a broken key", lambda: vault.keys.current.unwrap(b"x" * 60), VaultError)
        for what in (vault, vault.keys, vault.keys.current, program.sealer, program.refresher):
            found.look(f"the repr of {type(what).__name__}", repr(what))
            with pytest.raises((TypeError, AttributeError, pickle.PicklingError)) as refused:
                pickle.dumps(what)
            found.look("a refused pickle", repr(refused.value))
        found.look("what is held", repr(vault.held()) + repr(program.store.all_sealed()))  # type: ignore[attr-defined]
        # What a crash reporter shows of every object of ours that is alive.
        for thing in gc.get_objects():
            if str(getattr(type(thing), "__module__", "")).startswith(_OURS):
                found.look(f"the repr of a {type(thing).__name__}", _shown(thing))
        vault.destroy(hanako)
        _look_at_the_disk(folder, found)
        for account in accounts:
            found.look("the records", repr(program.store.records(account)))
    _look_at_the_disk(folder, found)


def _shown(thing: object) -> str:
    try:
        return repr(thing)
    except Exception:  # noqa: BLE001 -- what is half made shows nothing
        return ""


def _page(sandbox: Sandbox) -> tuple[GraphPage, GraphPerson]:
    world = sandbox.graph._world
    return next(iter(world.pages.values())), next(iter(world.people.values()))


def _connect(program: Program, sandbox: Sandbox, account: Account, user: object, found: Found) -> None:
    access, refresh = sandbox.x.oauth2_token(user, race.SCOPES)  # type: ignore[arg-type]
    found.secret(access, refresh)
    now = program.vault.clock.now()  # type: ignore[attr-defined]
    credential = Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH2,
        subject=account.network_id,
        scopes=race.SCOPES,
        secrets={"access_token": Secret(access), "refresh_token": Secret(refresh)},
        issued_at=now,
        expires_at=now + timedelta(hours=2),
    )
    found.look("a credential", f"{credential!r} {credential}")
    with pytest.raises(TypeError):
        pickle.dumps(credential)
    program.vault.put(account, credential)


def _secrets(vault: SealedVault, account: Account, found: Found) -> None:
    credential = vault.remains(account)
    assert credential is not None
    found.secret(*(secret.reveal() for secret in credential.secrets.values()))


def _look_at_the_disk(folder: Path, found: Found) -> None:
    for path in files(folder):
        found.look(path.name, path.read_bytes())
    backup = sqlite3.connect(":memory:")
    source = sqlite3.connect(folder / "civicsns.db")
    source.backup(backup)
    found.look("backup.db", backup.serialize() + "\n".join(backup.iterdump()).encode())
    for one in (backup, source):
        one.close()


def test_planted_tokens_are_found_when_they_are_there(found: Found):
    """
    The search itself finds what it looks for, in each of the forms in which it may lie about.
    """
    found.secret("PLANTED/91c2+=")
    for content in ("xPLANTED/91c2+=x", "PLANTED%2F91c2%2B%3D", base64.b64encode(b"PLANTED/91c2+=").decode()):
        found.seen.clear()
        found.look("a log", content)

        assert ["PLANTE… in a log"] == list(found.leaks())


def test_nothing_is_readable_in_postgresql(postgres, found: Found):
    """
    Every value of every row of every table: none of them holds a token.
    """
    address = postgres.create()
    with Sandbox() as sandbox:
        job = race.prepare(sandbox, address, 2)
        for grant in sandbox.x._state.refresh:
            found.secret(grant)
        assert (2, 0, []) == race.alone(job, rounds=1)
        found.secret(*sandbox.x._state.refresh, *sandbox.x._state.access, job.key)
    with SqlStore(address) as store, store._engine.connect() as connection:
        for table in ("credentials", "facts", "bodies", "chain", "meta"):
            for row in connection.exec_driver_sql(f"SELECT * FROM civicsns_{table}"):  # noqa: S608 -- constants
                found.look(table, b" ".join(bytes(v) if isinstance(v, bytes) else str(v).encode() for v in row))

    assert len(found.secrets) >= 5
    assert "credentials" in {what for what, _ in found.seen}
    assert [] == list(found.leaks())
