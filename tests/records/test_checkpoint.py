from __future__ import annotations

import base64
import hashlib
import os
import pickle
import re
import stat
import traceback
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from civicsns.errors import BadInput, ConfigurationError
from civicsns.records.chain import START
from civicsns.records.chain import verify as verify_chain
from civicsns.records.checkpoint import sign, verify
from civicsns.records.keys import PublicKey, SigningKey, generate

AT = datetime(2026, 4, 1, tzinfo=UTC)
NAME = "青葉市 SNS"


@pytest.fixture
def head(pairs):
    return verify_chain(pairs).head


@pytest.fixture
def note(head, key):
    return sign(head, programme=NAME, at=AT, key=key)


def test_a_checkpoint_says_what_was_signed(note, head, key):
    """
    A checkpoint that the right key signed gives programme, head and time back.
    """
    read = verify(note, keys=[key.public])

    assert (NAME, head, AT) == (read.programme, read.head, read.at)


def test_the_text_is_a_signed_note_of_c2sp(note, head, key):
    """
    Origin, size and root stand where c2sp.org/tlog-checkpoint wants them; the key id and the signature are those of
    c2sp.org/signed-note, computed here without our code.
    """
    text, _, signature = note.rpartition("\n\n")
    dash, name, blob = signature.removesuffix("\n").split(" ")
    public = ed25519.Ed25519PublicKey.from_public_bytes(key.public.raw)
    raw = base64.b64decode(blob)

    assert [NAME, "7", base64.b64encode(head.root).decode()] == text.split("\n")[:3]
    assert ("—", "青葉市-SNS") == (dash, name)
    assert hashlib.sha256("青葉市-SNS\n".encode() + b"\x01" + key.public.raw).digest()[:4] == raw[:4]
    public.verify(raw[4:], f"{text}\n".encode())


def test_the_same_head_signs_to_the_same_text(note, head, key):
    """
    Signing is deterministic, so that equal exports are equal files.
    """
    assert note == sign(head, programme=NAME, at=AT, key=key)


def test_the_beginning_can_be_signed(key):
    """
    A programme without records has a checkpoint too.
    """
    assert START == verify(sign(START, programme=NAME, at=AT, key=key), keys=[key.public]).head


def test_every_changed_byte_is_refused(note, key):
    """
    Whichever byte of a checkpoint is changed, it is believed no more.
    """
    raw = note.encode()
    believed = []
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            verify(changed.decode(), keys=[key.public])
        except (BadInput, UnicodeDecodeError):
            continue
        believed.append(place)

    assert [] == believed


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note + "— x\n",
        lambda note: "\n" + note,
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n+7\n"),
        lambda note: note.replace("\n7\n", "\n７\n"),
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("\nat ", "\nmore\nat "),
        lambda note: note.replace("head ", ""),
        lambda note: note.replace("— ", "- "),
        lambda note: note.partition("\n\n")[0],
        lambda note: note.partition("\n\n")[0] + "\n\n",
        lambda note: note.replace("青葉市-SNS", "別の市"),
        lambda note: note * 3000,
        lambda _: "",
        lambda _: "\n\n— x QUJDREVG\n",
    ],
)
def test_another_form_is_refused(note, key, change):
    """
    A checkpoint has one form; anything else is refused with one sentence in both languages.
    """
    with pytest.raises(BadInput) as caught:
        verify(change(note), keys=[key.public], place="april.txt")

    assert "april.txt" == caught.value.place


def test_a_size_of_zero_has_no_head(note, key):
    """
    A signed checkpoint that says 0 records, and yet names a root, contradicts itself.
    """
    text = note.partition("\n\n")[0].replace("\n7\n", "\n0\n") + "\n"
    name = "青葉市-SNS"
    signature = base64.b64encode(key.public.id(name) + key.sign(text.encode())).decode()

    with pytest.raises(BadInput, match="no records"):
        verify(f"{text}\n— {name} {signature}\n", keys=[key.public])


def test_another_key_is_not_believed(note, tmp_path):
    """
    A checkpoint is believed only with the key that signed it; without any key, none is.
    """
    other = generate(tmp_path / "other.pem")

    with pytest.raises(BadInput, match="None of the keys"):
        verify(note, keys=[other.public])
    with pytest.raises(BadInput, match="None of the keys"):
        verify(note, keys=[])


def test_former_keys_and_witnesses_are_taken_along(note, key, tmp_path):
    """
    Beside the present key former ones may be given, and a signature of somebody unknown does no harm.
    """
    other = generate(tmp_path / "other.pem")
    witness = base64.b64encode(b"1234" + bytes(64)).decode()
    text, _, ours = note.rpartition("\n\n")
    witnessed = f"{text}\n\n— witness.example/1 {witness}\n{ours}"

    assert key.public.id("青葉市-SNS").hex() == verify(witnessed, keys=[other.public, key.public]).key


@pytest.mark.parametrize("name", ["", " 青葉市", "青葉市\n", "青葉\n市", "青葉\x00市", "青葉\ud83d市"])
def test_a_programme_has_a_name_of_one_line(head, key, name):
    """
    A name that would break the lines of a checkpoint is refused before anything is signed.
    """
    with pytest.raises(BadInput):
        sign(head, programme=name, at=AT, key=key)


def test_keys_are_kept_from_others(key, tmp_path):
    """
    The private key is a file of mode 0600; both files give the same key back.
    """
    path = tmp_path / "key.pem"

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert key.public == SigningKey.load(path).public
    assert key.public == PublicKey.load(tmp_path / "key.pem.pub")


def test_a_private_key_that_others_can_read_is_refused(key, tmp_path):
    """
    A private key that the group can read does not sign; the error says how to mend it.
    """
    path = tmp_path / "key.pem"
    path.chmod(0o640)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        SigningKey.load(path)


def test_a_key_is_never_overwritten(key, tmp_path):
    """
    Making a key where one is, or where its public half is, changes neither file.
    """
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(BadInput):
        generate(tmp_path / "key.pem")
    (tmp_path / "key.pem").unlink()
    with pytest.raises(BadInput):
        generate(tmp_path / "key.pem")

    assert {"key.pem.pub": before["key.pem.pub"]} == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def other_files():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"himitsu"),
    )
    plain = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    spki = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return [b"", b"himitsu", locked, private.private_bytes(*plain), private.public_key().public_bytes(*spki)]


@pytest.mark.parametrize("kind", [SigningKey, PublicKey])
def test_what_is_no_ed25519_key_is_refused_without_quoting_it(tmp_path, kind):
    """
    An empty file, a password, a locked key, an RSA key, no file: one sentence, and nothing of the content anywhere.
    """
    path = tmp_path / "other.pem"
    for content in other_files():
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ConfigurationError) as caught:
            kind.load(path)
        shown = "".join(traceback.format_exception(caught.value))

        assert not any(line and line in shown.encode() for line in content.splitlines())
    with pytest.raises(ConfigurationError):
        kind.load(tmp_path / "nowhere")


def test_a_private_key_is_never_shown(key, tmp_path):
    """
    Neither repr nor str nor pickle give a private key away.
    """
    secret = re.sub("-----.*?-----|\n", "", (tmp_path / "key.pem").read_text())

    assert "SigningKey(…)" == repr(key) == str(key)
    assert len(secret) > 32
    assert not hasattr(key, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_no_umask_opens_a_private_key(tmp_path):
    """
    With a careless umask the private key is still for its owner alone.
    """
    before = os.umask(0)
    try:
        generate(tmp_path / "key.pem")
    finally:
        os.umask(before)

    assert 0o600 == stat.S_IMODE((tmp_path / "key.pem").stat().st_mode)


def with_signature(note, line):
    text, _, ours = note.rpartition("\n\n")
    return f"{text}\n\n{line}\n{ours}"


def test_base64_has_one_form(note, key):
    """
    The bits that base64 leaves unused at its end are zero: a second text for the same signature is refused.
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body, last = note[: -len("x=\n")], note[-len("x=\n")]
    other = body + alphabet[alphabet.index(last) + 1] + "=\n"

    assert base64.b64decode(note.split(" ")[-1]) == base64.b64decode(other.split(" ")[-1])
    with pytest.raises(BadInput, match="line of signatures"):
        verify(other, keys=[key.public])


def test_control_characters_are_refused_anywhere(note, key):
    """
    A signed note has no control characters but line ends, in the name of a stranger's key neither.
    """
    blob = base64.b64encode(bytes(68)).decode()

    assert NAME == verify(with_signature(note, f"— stranger {blob}"), keys=[key.public]).programme
    with pytest.raises(BadInput, match="the form of a checkpoint"):
        verify(with_signature(note, f"— stran\x00ger {blob}"), keys=[key.public])


def test_sixteen_witnesses_fit_and_thousands_do_not(note, key):
    """
    The format asks for room for sixteen signatures of nearly 5 kB; a text without end is refused.
    """
    blob = base64.b64encode(bytes(4900)).decode()

    assert NAME == verify(with_signature(note, "\n".join([f"— witness {blob}"] * 16)), keys=[key.public]).programme
    with pytest.raises(BadInput, match="the form of a checkpoint"):
        verify(with_signature(note, "\n".join([f"— witness {blob}"] * 100)), keys=[key.public])
