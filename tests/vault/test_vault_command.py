"""`civicsns vault` and the table `[vault]`: making a key, taking credentials over, looking at them, changing keys."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from civicsns import config
from civicsns.cli import cli
from civicsns.clock import SystemClock
from civicsns.errors import BadInput, ConfigurationError, VaultError
from civicsns.heartbeat import KIND, ONCE, Heartbeat, Pulse
from civicsns.model import Account, DeliveryState, Draft
from civicsns.program import Program
from civicsns.testing.sandbox import Sandbox, programme
from civicsns.testing.vault_contract import CREDENTIAL, REASON
from civicsns.vault import keys
from civicsns.vault.file import CredentialFile
from civicsns.vault.sealed import SealedVault

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no\n"
)


SETTINGS = """
[programme]
name = "武雄市"
people = "people.csv"
accounts = "accounts.csv"
credentials = "credentials.json"

[policy]

[networks]
"""


@pytest.fixture
def settings(tmp_path: Path):
    """A programme without networks."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "civicsns.toml").write_text(SETTINGS, encoding="utf-8")
    file = CredentialFile(tmp_path / "credentials.json")
    for name, platform in (("x:hanako", "x"), ("facebook:kanko", "facebook")):
        file.put(Account(id=name, platform=platform), attrs.evolve(CREDENTIAL, platform=platform))
    return tmp_path / "civicsns.toml"


@pytest.fixture
def practice(settings: Path):
    """The same on the practice networks."""
    folder = settings.parent
    with Sandbox() as sandbox:
        yield programme.write(
            sandbox, people=folder / "people.csv", accounts=folder / "accounts.csv", into=folder / "practice"
        )


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["vault", *arguments], env={"COLUMNS": "300"})


def sealed_by(settings: Path, table: str) -> None:
    """Have the programme seal its credentials, as the table says."""
    plain = settings.read_text(encoding="utf-8").replace('credentials = "credentials.json"\n', "")
    before, _, _ = plain.partition("[vault]")
    settings.write_text(f"{before}[vault]\n{table}\n", encoding="utf-8")


def test_from_a_file_into_the_vault(practice: Path):
    """
    A key is made, the file is taken over once, what was posted from the file is posted from the vault.
    """
    folder = practice.parent
    made = run("init", "--file", str(folder / "vault.key"))

    assert 0 == made.exit_code
    assert f'key = {{ file = "{folder / "vault.key"}" }}' in made.stderr
    key = (folder / "vault.key").read_text(encoding="ascii").strip()
    assert key not in made.output + made.stderr
    sealed_by(practice, 'key = "vault.key"')
    for taken in (2, 0):
        assert f"{taken} were sealed" in run("import", "-c", str(practice), str(folder / "credentials.json")).output
    (folder / "credentials.json").unlink()
    looked = run("status", "-c", str(practice))
    assert 0 == looked.exit_code
    assert 2 == looked.output.count("よい / well")
    with Program.open(practice) as program:
        draft = Draft(author="1001", text="本日の朝市は中止です。", accounts=["x:hanako", "facebook:kanko"])
        states = {one.state for one in program.publish(draft).results}
    assert {DeliveryState.DELIVERED} == states


def test_keys_are_changed_from_the_command_line(settings: Path, monkeypatch: pytest.MonkeyPatch):
    """
    The old key is named among the previous ones, the rest is wrapped by the new one, and then it is needed no more.
    """
    folder = settings.parent
    run("init", "--file", str(folder / "old.key"))
    sealed_by(settings, 'key = "old.key"')
    run("import", "-c", str(settings), str(folder / "credentials.json"))
    shown = run("init", "--env", "TAKEO_KEY")
    monkeypatch.setenv("TAKEO_KEY", shown.stdout.strip())
    sealed_by(settings, 'key = { env = "TAKEO_KEY" }\nprevious = ["old.key"]')

    assert "2 by an earlier key" in run("status", "-c", str(settings)).output
    assert isinstance(run("rotate", "-c", str(settings), "--by", "nobody").exception, BadInput)
    assert "2 envelopes" in run("rotate", "-c", str(settings), "--by", "1001").output
    assert "0 envelopes" in run("rotate", "-c", str(settings), "--by", "1001").output
    sealed_by(settings, 'key = { env = "TAKEO_KEY" }')
    (folder / "old.key").unlink()
    assert 0 == run("status", "-c", str(settings)).exit_code
    assert "2 envelopes" in run("rotate", "-c", str(settings), "--by", "1001", "--data").output
    told = json.loads(run("status", "-c", str(settings), "--json").output)
    assert [(2, True, True, None)] * 2 == [
        (one["version"], one["opens"], one["current_key"], one["lost"]) for one in told
    ]


def beat(settings: Path, *names: str, engine: str = "InlineEngine") -> str:
    """Have a process give a sign of life that opens the vault with those keys; give its name."""
    with Program.open(settings) as program:
        pulse = Pulse(
            store=program.store,
            clock=SystemClock(),
            engine=engine,
            every=timedelta(seconds=15),
            keys=lambda: names,
        )
        pulse.beat()
        return Heartbeat.read(program.store.facts(KIND)[-1]).name


def test_keys_are_not_changed_under_a_process_that_lacks_the_new_one(settings: Path):
    """
    It is named, and nothing is wrapped anew until it has the key too; one that seals with the old one is told.
    """
    folder = settings.parent
    old, new = (keys.generate() for _ in range(2))
    for name, key in (("old.key", old), ("new.key", new)):
        keys.write_file(folder / name, key)
    first, second = (keys.parse(key, place="test").id for key in (old, new))
    sealed_by(settings, 'key = "old.key"')
    run("import", "-c", str(settings), str(folder / "credentials.json"))
    sealed_by(settings, 'key = "new.key"\nprevious = ["old.key"]')
    # One that a timer starts has the settings of its next time.
    beat(settings, first, engine=ONCE)
    assert "2 by an earlier key" in run("status", "-c", str(settings)).stdout
    assert 0 == run("status", "-c", str(settings)).exit_code
    lacking = beat(settings, first)
    shown = run("status", "-c", str(settings))
    refused = run("rotate", "-c", str(settings), "--by", "1001").exception

    assert (1, True) == (shown.exit_code, f"{lacking} lacks the key {second}" in shown.stderr)
    assert isinstance(refused, ConfigurationError)
    assert lacking == refused.place
    with Program.open(settings) as program:
        for fact in program.store.facts(KIND):
            program.store.put(fact, None)
    behind = beat(settings, first, second)
    shown = run("status", "-c", str(settings))
    assert (0, True) == (shown.exit_code, f"{behind} seals with {first}" in shown.stderr)
    assert 2 == len(json.loads(run("status", "-c", str(settings), "--json").stdout))
    assert "2 envelopes" in run("rotate", "-c", str(settings), "--by", "1001").output


def test_a_process_says_with_which_keys_it_works(settings: Path):
    """
    A sign of life names them; one that lacks a key that the settings name has trouble, and lives.
    """
    keys.write_file(settings.parent / "vault.key", keys.generate())
    told = []
    for table in ('key = "vault.key"', 'key = "vault.key"\nprevious = [{ env = "NOT_SET" }]'):
        sealed_by(settings, table)
        with Program.open(settings) as program:
            program.dispatch()
            (fact,) = program.store.facts(KIND)
            told.append(Heartbeat.read(fact))
            health = program.health()

    assert [1, 0] == [len(one.keys) for one in told]
    assert ["", True] == [told[0].trouble, "NOT_SET" in told[1].trouble]
    assert "worker.trouble" in {symptom.code for symptom in health.symptoms}


def test_what_is_wrong_is_shown(settings: Path):
    """
    Lost and damaged ones are named, and the command says so by its exit code.
    """
    folder = settings.parent
    run("init", "--file", str(folder / "vault.key"))
    sealed_by(settings, 'key = "vault.key"')
    run("import", "-c", str(settings), str(folder / "credentials.json"))
    with Program.open(settings) as program:
        program.vault.mark_lost(program.account("x:hanako"), REASON)
    raw = sqlite3.connect(folder / "civicsns.db")
    with raw:
        raw.execute("UPDATE civicsns_credentials SET version = 2 WHERE account = 'facebook:kanko'")
    raw.close()
    shown = run("status", "-c", str(settings))
    told = json.loads(run("status", "-c", str(settings), "--json").output)

    assert 1 == shown.exit_code
    assert REASON.en in shown.output
    assert "not the newest one on record" in shown.output
    assert [("facebook:kanko", False, None), ("x:hanako", True, {"ja": REASON.ja, "en": REASON.en})] == [
        (one["account"], one["opens"], one["lost"]) for one in told
    ]
    with Program.open(settings) as program, pytest.raises(VaultError):
        program.vault.get(program.account("facebook:kanko"))


def test_an_exchange_without_an_end_is_shown(settings: Path):
    """
    The list says since when nobody knows what became of it.
    """
    folder = settings.parent
    run("init", "--file", str(folder / "vault.key"))
    sealed_by(settings, 'key = "vault.key"')
    run("import", "-c", str(settings), str(folder / "credentials.json"))
    with Program.open(settings) as program:
        assert isinstance(program.vault, SealedVault)
        account = program.account("x:hanako")
        program.vault.begin(account, program.vault.get(account))
    told = json.loads(run("status", "-c", str(settings), "--json").stdout)

    assert 1 == run("status", "-c", str(settings)).output.count("how it ended is not known")
    assert [False, True] == [one["begun_at"] is not None for one in told]


def test_what_is_lost_is_not_taken_over(settings: Path):
    """
    A file may name accounts whose credentials no longer work; the others are sealed.
    """
    folder = settings.parent
    run("init", "--file", str(folder / "vault.key"))
    sealed_by(settings, 'key = "vault.key"')
    with Program.open(settings) as program:
        CredentialFile(folder / "credentials.json").mark_lost(program.account("x:hanako"), REASON)

    assert "1 were sealed" in run("import", "-c", str(settings), str(folder / "credentials.json")).output


def test_a_programme_without_a_vault(settings: Path):
    """
    The commands say what to do.
    """
    refused = run("status", "-c", str(settings)).exception

    assert isinstance(refused, ConfigurationError)
    assert "civicsns vault init" in str(refused)


@pytest.mark.parametrize("arguments", [(), ("--file", "a", "--env", "B")])
def test_a_key_goes_to_one_place(arguments: tuple[str, ...]):
    """
    One of the three, and not two.
    """
    assert 2 == run("init", *arguments).exit_code


def test_one_vault(settings: Path):
    """
    A file of credentials beside sealed ones would leave it open which counts.
    """
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[vault]\nkey = "vault.key"\n', encoding="utf-8")

    with pytest.raises(ConfigurationError, match="civicsns vault import"):
        Program.open(settings)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('key = "a.key"', config.WrapperSource(path=Path("a.key"))),
        ('key = { file = "a.key" }', config.WrapperSource(path=Path("a.key"))),
        ('key = { env = "A" }', config.WrapperSource(env="A")),
        ('key = { keyring = "takeo" }', config.WrapperSource(keyring="takeo")),
        (
            'key = { kms = "cloud", region = "ap-northeast-1" }',
            config.WrapperSource(kms="cloud", options={"region": "ap-northeast-1"}),
        ),
    ],
)
def test_where_a_key_is(settings: Path, table: str, expected: config.WrapperSource):
    """
    A file beside the settings, a variable, the keyring or a service; nothing is fetched yet.
    """
    sealed_by(settings, table)
    vault = config.load(settings).vault

    assert vault is not None
    placed = expected.path and settings.parent / expected.path
    assert attrs.evolve(expected, path=placed) == vault.key


@pytest.mark.parametrize("value", ["SECRET", '{ file = "a", env = "B" }', "{}", "7"])
def test_a_key_does_not_stand_in_the_settings(settings: Path, value: str):
    """
    Who writes the key itself is told where it belongs, and it is not shown.
    """
    key = keys.generate().reveal()
    sealed_by(settings, f"key = {value.replace('SECRET', json.dumps(key))}")
    with pytest.raises(ConfigurationError, match="vault.key") as refused:
        Program.open(settings)

    assert key not in str(refused.value)


def test_a_service_wraps_keys(settings: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A key-management service of somebody else's comes by its entry point, and is told what the settings say.
    """
    key = keys.parse(keys.generate(), place="test")
    told: list[object] = []

    class Cloud:
        @classmethod
        def configure(cls, options, *, place):
            told.append((dict(options), place.endswith("vault.key")))
            return key

    monkeypatch.setattr(
        "civicsns.plugins._load", lambda group, name, _: {("civicsns.keys", "cloud"): Cloud}[group, name]
    )
    sealed_by(settings, 'key = { kms = "cloud", region = "tokyo" }\nprogramme = "昔の名前"')
    with Program.open(settings) as program:
        assert isinstance(program.vault, SealedVault)
        sealed = program.sealer.seal(b"data", "about")

        assert key.id.encode() in sealed
        assert b"data" == program.sealer.open(sealed, "about")
    assert [({"region": "tokyo"}, True)] == told


def test_a_given_vault_counts(settings: Path):
    """
    Whoever opens a programme may bring a vault; the keys of the settings seal what is under way.
    """
    sealed_by(settings, 'key = { env = "NOT_SET" }')
    given = CredentialFile(settings.parent / "credentials.json")
    with Program.open(settings, vault=given) as program:
        assert program.vault is given
        with pytest.raises(ConfigurationError, match="NOT_SET"):
            program.sealer.seal(b"", "")
