"""Wrapping keys: where they are kept, who may read them, and what is said where they are not there."""

from __future__ import annotations

import pickle
from functools import partial

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from civicsns.errors import BadInput, ConfigurationError, VaultError
from civicsns.model import Secret
from civicsns.vault import keys
from civicsns.vault.keys import Keys, LocalKey


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(next(iter(self.kept.values()), ""))
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring():
    before, ours = keyring.get_keyring(), Ring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def key():
    return keys.generate()


def names(load) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load()
    return str(refused.value)


def test_the_same_key_has_the_same_name_everywhere(tmp_path, monkeypatch, ring, key):
    """
    From a file, the environment or the keyring: it is recognised, and opens what it wrapped.
    """
    keys.write_file(tmp_path / "key", key)
    keys.write_keyring("takeo", key)
    monkeypatch.setenv("TAKEO_KEY", key.reveal())
    loaded = [keys.from_file(tmp_path / "key"), keys.from_environment("TAKEO_KEY"), keys.from_keyring("takeo")]

    assert 1 == len({one.id for one in loaded})
    wrapped = loaded[0].wrap(b"k" * 32)
    assert [b"k" * 32] * 3 == [one.unwrap(wrapped) for one in loaded]
    assert wrapped != loaded[0].wrap(b"k" * 32)
    assert [("civicsns", "takeo")] == list(ring.kept)


def test_a_file_is_for_its_owner_alone(tmp_path, key):
    """
    It is made so, never overwritten, and refused where others can read it.
    """
    path = tmp_path / "key"
    keys.write_file(path, key)

    assert 0o600 == path.stat().st_mode & 0o777
    with pytest.raises(BadInput, match="never overwritten"):
        keys.write_file(path, keys.generate())
    path.chmod(0o640)
    assert f"chmod 600 {path}" in names(partial(keys.from_file, path))


def test_a_key_in_the_keyring_is_not_overwritten(ring, key):
    """
    Nor is anything said of what a locked keyring holds.
    """
    keys.write_keyring("takeo", key)
    with pytest.raises(BadInput, match="never overwritten"):
        keys.write_keyring("takeo", keys.generate())
    ring.locked = True
    with pytest.raises(ConfigurationError, match="KeyringLocked") as refused:
        keys.from_keyring("takeo")

    assert refused.value.__context__ is None
    assert key.reveal() not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    ["", "short", "あ" * 43, "A" * 43, "ab" * 21 + "a", "*" * 43, "A" * 44, "x" * 2000],
    ids=["empty", "short", "kanji", "one letter", "a pattern", "no base64", "too long", "much too long"],
)
def test_what_is_no_key_is_refused_without_being_shown(tmp_path, monkeypatch, ring, written):
    """
    A key that somebody made up can be guessed: only what was drawn at random is one.
    """
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(written, encoding="utf-8")
    monkeypatch.setenv("TAKEO_KEY", written)
    ring.kept["civicsns", "takeo"] = written

    for load in (
        partial(keys.from_file, path),
        partial(keys.from_environment, "TAKEO_KEY"),
        partial(keys.from_keyring, "takeo"),
    ):
        said = names(load)
        assert "civicsns vault init" in said
        assert len(written) < 10 or written not in said


def test_what_is_not_there_is_named(tmp_path, ring):
    """
    A missing file, variable or entry of the keyring.
    """
    assert "No such file" in names(partial(keys.from_file, tmp_path / "none"))
    assert f"names, {tmp_path / 'none'}" in names(partial(keys.from_file, tmp_path / "none"))
    assert "NO_SUCH_KEY" in names(partial(keys.from_environment, "NO_SUCH_KEY"))
    assert "takeo" in names(partial(keys.from_keyring, "takeo"))


def test_another_key_does_not_unwrap(key):
    """
    Nor what was changed, nor what is no wrapped key at all.
    """
    own, other = (keys.parse(one, place="test") for one in (key, keys.generate()))
    wrapped = own.wrap(b"k" * 32)

    for unwrap in (
        partial(other.unwrap, wrapped),
        partial(own.unwrap, wrapped[:-1] + bytes([wrapped[-1] ^ 1])),
        partial(own.unwrap, b""),
    ):
        with pytest.raises(VaultError):
            unwrap()


def test_keys_are_fetched_when_they_are_needed(key):
    """
    The current one at the first use, and once; the others when something was wrapped by one of them.
    """
    fetched: list[str] = []

    def fetch(name: str, written: Secret) -> LocalKey:
        fetched.append(name)
        return keys.parse(written, place="test")

    old = keys.generate()
    ours = Keys(partial(fetch, "current", key), [partial(fetch, "previous", old)])

    assert [] == fetched
    assert ours.current is ours.of(ours.current.id, place="x:a")
    assert ["current"] == fetched
    old_id = keys.parse(old, place="test").id
    assert old_id == ours.of(old_id, place="x:a").id
    assert old_id == ours.of(old_id, place="x:a").id
    assert ["current", "previous"] == fetched
    with pytest.raises(VaultError, match="0123"):
        ours.of("0123", place="x:a")


def test_a_key_is_neither_shown_nor_copied(key):
    """
    Not in reprs, and not in pickles.
    """
    own = keys.parse(key, place="test")
    ours = Keys(lambda: own)
    shown = repr(own) + repr(ours) + str(key)

    assert key.reveal() not in shown
    for one in (own, ours, key):
        with pytest.raises(TypeError):
            pickle.dumps(one)
    with pytest.raises(ValueError, match="32 bytes"):
        LocalKey(b"short")
