"""Settings: every fault is named, at once, with its mend."""

from __future__ import annotations

import traceback
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from civicsns import config
from civicsns.errors import ConfigurationError
from civicsns.language import Language
from civicsns.model import Secret, Severity

GOOD = """
[programme]
name = "武雄市"
people = "people.csv"
accounts = "accounts.csv"
credentials = "credentials.json"

[policy]
rules = ["ours"]
severity = { ACC001 = "block" }

[networks.x]
consumer_key = { file = "key" }
"""


@attrs.frozen(kw_only=True)
class Keys:
    key: Secret
    pause: timedelta = timedelta(seconds=1)
    spare: Secret | None = None


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "civicsns.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_settings_are_read(tmp_path: Path):
    """
    Paths are relative to the file, not to the process; what is left out has its default.
    """
    settings = config.load(write(tmp_path, GOOD))

    assert tmp_path / "people.csv" == settings.programme.people
    assert tmp_path / "credentials.json" == settings.programme.credentials
    assert {"file": str(tmp_path / "key")} == settings.networks["x"]["consumer_key"]
    assert {"ACC001": Severity.BLOCK} == settings.policy.severity
    assert timedelta(seconds=120) == settings.delivery.longest_pause
    assert "Asia/Tokyo" == settings.programme.timezone.key


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (GOOD.replace("name =", "naem ="), ("'programme.name' is missing", "did you mean 'programme.name'")),
        (GOOD.replace('"people.csv"', "3"), ("'programme.people': It takes a string",)),
        (GOOD + "[delivery]\nconcurrency = 0\n", ("'delivery': concurrency takes 1 or more",)),
        (GOOD + "[delivery]\nlongest_pause = -1\n", ("'delivery.longest_pause': It takes a number of seconds",)),
        (GOOD + "[delivery]\nconcurrency = true\n", ("'delivery.concurrency': It takes a whole number",)),
        (GOOD + "[calendar]\nclosed = [2026-11-04T09:00:00]\n", ("'calendar.closed': It takes a list of dates",)),
        (GOOD + "[calendar]\nopens = 9\n", ("'calendar.opens': It takes a time",)),
        (GOOD + '[calendar]\nyear_end = ["12-32", "01-03"]\n', ("first and its last day",)),
        (GOOD.replace('["ours"]', '"ours"'), ("'policy.rules': It takes a list of strings",)),
        (GOOD.replace('"block"', '"stop"'), ("'policy.severity.ACC001': It takes one of: block, review, advise",)),
        (GOOD.replace("[policy]", "[polcy]"), ("'policy' is missing", "did you mean 'policy'")),
        (GOOD.replace('name = "武雄市"', 'name = "武雄市"\ntimezone = "Mars"'), ("'programme.timezone'",)),
        ("x =", ("This is not TOML",)),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, names: tuple[str, ...]):
    """
    An unknown, missing or wrong key is named with its whole path, and the file it stands in.
    """
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        config.load(path)

    assert str(path) == raised.value.place
    for name in names:
        assert name in str(raised.value)
    assert "何も送信されていません" in raised.value.in_(Language.JA)


def test_all_faults_at_once(tmp_path: Path):
    """
    A file with three faults is mended in one go, not in three.
    """
    text = GOOD.replace("name =", "naem =").replace('["ours"]', "3") + "[delivery]\nlongest_pause = 'x'\n"
    with pytest.raises(ConfigurationError) as raised:
        config.load(write(tmp_path, text))

    said = str(raised.value)
    assert all(name in said for name in ("programme.name", "policy.rules", "delivery.longest_pause"))


def test_a_missing_file_is_named(tmp_path: Path):
    """
    A path that leads nowhere is said so, not shown as a traceback.
    """
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: The settings file cannot be read"):
        config.load(tmp_path / "nowhere.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path):
    """
    Editors on Windows put a mark before the text.
    """
    assert config.load(write(tmp_path, GOOD)) == config.load(write(tmp_path, "\ufeff" + GOOD))


def test_not_utf8(tmp_path: Path):
    """
    A file saved in Shift_JIS is told apart from one with a fault in it.
    """
    path = tmp_path / "civicsns.toml"
    path.write_bytes('name = "武雄市"'.encode("cp932"))
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        config.load(path)


def test_secrets_come_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A secret is named by where it is: an environment variable, or a file.
    """
    monkeypatch.setenv("PRACTICE_KEY", "from-the-environment")
    (tmp_path / "key").write_text("from-the-file\n", encoding="utf-8")
    read = config.structure(
        Keys, {"key": {"env": "PRACTICE_KEY"}, "spare": {"file": str(tmp_path / "key")}, "pause": 2.5}, place="here"
    )

    assert "from-the-environment" == read.key.reveal()
    assert read.spare is not None
    assert "from-the-file" == read.spare.reveal()
    assert timedelta(seconds=2.5) == read.pause


@pytest.mark.parametrize(
    "wrong",
    ["PLANTED-TOKEN", {"env": "NOT_SET_ANYWHERE"}, {"file": "/nowhere"}, {"PLANTED-TOKEN": "x"}, ["PLANTED-TOKEN"], 7],
)
def test_a_secret_in_the_settings_is_refused_and_not_repeated(wrong: object):
    """
    A secret in the wrong place is refused, and does not reach the message or what it was raised from.
    """
    with pytest.raises(ConfigurationError) as raised:
        config.structure(Keys, {"key": wrong}, place="networks.x")

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "PLANTED-TOKEN" not in str(raised.value) + repr(raised.value)


def store(tmp_path: Path, value: str) -> config.StoreAddress:
    text = GOOD.replace("[policy]", f"store = {value}\n\n[policy]")
    return config.load(write(tmp_path, text)).programme.store


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    The store is a file beside the settings unless they say otherwise: another file, or a database by its URL.
    """
    url = "postgresql://civicsns@db.example.lg.jp/civicsns"
    secret = "postgresql://civicsns:none-of-yours@db/civicsns"
    monkeypatch.setenv("CIVICSNS_STORE", secret)
    (tmp_path / "store-url").write_text(f"{secret}\n", encoding="utf-8")

    assert tmp_path / "civicsns.db" == config.load(write(tmp_path, GOOD)).programme.store.path
    assert config.StoreAddress(path=tmp_path / "data" / "a.db") == store(tmp_path, '"data/a.db"')
    assert config.StoreAddress(url=Secret(url)) == store(tmp_path, f'"{url}"')
    assert config.StoreAddress(url=Secret(secret)) == store(tmp_path, '{ env = "CIVICSNS_STORE" }')
    assert config.StoreAddress(url=Secret(secret)) == store(tmp_path, '{ file = "store-url" }')
    assert "none-of-yours" not in repr(store(tmp_path, '{ file = "store-url" }'))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"postgresql://a:none-of-yours@db/c"', "A password does not stand in the settings"),
        ('"postgresql://db/c?password=none-of-yours"', "A password does not stand in the settings"),
        ('"mysql://a:none-of-yours@db/c"', "It takes a file's path, or a URL"),
        ('"postgresql://[none-of-yours"', "It takes a file's path, or a URL"),
        ("3", "name its source"),
        ('{ env = "CIVICSNS_NOT_SET" }', "The environment variable CIVICSNS_NOT_SET is not set"),
    ],
)
def test_a_store_that_is_none(tmp_path: Path, value: str, said: str):
    """
    An address that is none, or has a password in it, is refused without being quoted.
    """
    with pytest.raises(ConfigurationError, match="'programme.store'") as raised:
        store(tmp_path, value)

    assert said in str(raised.value)
    assert "none-of-yours" not in "".join(traceback.format_exception(raised.value))


RECORDS = """
[records]
key = {key}
file_days = 90
counted_from = "record"
[records.retention]
draft = 5
"delivery.planned" = 3
"""


@pytest.mark.parametrize(
    ("key", "path", "env"),
    [
        ('"keys/checkpoint.pem"', "keys/checkpoint.pem", None),
        ('{ file = "keys/checkpoint.pem" }', "keys/checkpoint.pem", None),
        ('{ env = "NOT_SET_AND_NOT_READ" }', None, "NOT_SET_AND_NOT_READ"),
    ],
)
def test_how_records_are_kept(tmp_path, key, path, env):
    """
    The key's place is relative to the settings, and nothing is read before something is signed.
    """
    records = config.load(write(tmp_path, GOOD + RECORDS.format(key=key))).records

    assert records.key is not None
    assert (tmp_path / path if path else None, env) == (records.key.path, records.key.env)
    assert {"draft": 5, "delivery.planned": 3} == records.retention
    assert (90, config.CountedFrom.RECORD) == (records.file_days, records.counted_from)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('key = "-----BEGIN PRIVATE KEY-----"', "records.key"),
        ("key = 7", "records.key"),
        ('key = { vault = "x" }', "records.key"),
        ("file_days = 0", "records"),
        ("retention = { draft = 0 }", "records"),
        ('counted_from = "birth"', "records.counted_from"),
    ],
)
def test_how_records_are_not_kept(tmp_path, line, named):
    """
    A key in the settings themselves, periods of nothing and unknown words are refused with their place.
    """
    with pytest.raises(ConfigurationError) as caught:
        config.load(write(tmp_path, f"{GOOD}\n[records]\n{line}\n"))

    assert named in str(caught.value)
    assert "BEGIN" not in str(caught.value)
