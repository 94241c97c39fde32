"""
Checkpoints: where the chain stood at a time, signed, to be kept where the database's owner cannot change it.

The text is a checkpoint in the format of C2SP (c2sp.org/tlog-checkpoint, a c2sp.org/signed-note), so that other
people's tools for transparency logs can read and witness it:

```
青葉市SNS
1204
<base64>
head <base64>
at 2026-04-01T00:00:00.000000Z

— 青葉市SNS <base64>
```

The lines are: the programme, how many records there are, the root of their tree (RFC 6962), the hash of the last one,
the time. The last two are extension lines.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model.moment import aware
from civicsns.records.body import moment, stamp
from civicsns.records.chain import LAST, START, WIDTH, Head

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from civicsns.records.keys import PublicKey, SigningKey

#: Longer than any checkpoint with the signatures of sixteen witnesses (the format asks for room for them).
_LONGEST = 1 << 17
_SIGNATURE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MEND = Bilingual(
    "受け取ったときのままのファイルと、対応する公開鍵を使ってください。",
    "Use the file as it was received, and the public key that belongs to it.",
)


@attrs.frozen
class Checkpoint:
    """
    What a signed checkpoint says.

    Attributes:
        programme: Whose chain.
        head: Where it stood.
        at: When.
        key: The id of the key that signed, eight hexadecimal digits.
    """

    programme: str
    head: Head
    at: datetime = attrs.field(validator=aware)
    key: str


def sign(head: Head, *, programme: str, at: datetime, key: SigningKey) -> str:
    """
    Write a checkpoint and sign it.

    Args:
        head: Where the chain stands.
        programme: The programme's name, as in the settings.
        at: The time.
        key: The key of the programme.

    Raises:
        BadInput: If the name is empty, or is not one line of text.
    """
    _require_line(programme)
    text = f"{programme}\n{head.size}\n{_b64(head.root)}\nhead {_b64(head.hash)}\nat {stamp(at)}\n"
    name = _key_name(programme)
    signature = key.public.id(name) + key.sign(text.encode())
    return f"{text}\n— {name} {_b64(signature)}\n"


def verify(note: str, *, keys: Iterable[PublicKey], place: str = "") -> Checkpoint:
    """
    Read a checkpoint, and believe it only if one of *keys* signed it.

    Signatures of others, such as witnesses, are passed over, as the format demands.

    Args:
        note: The text.
        keys: The public keys of the programme: the present one, and those of former years.
        place: Where the text comes from, for errors.

    Raises:
        BadInput: If it is no checkpoint, none of *keys* signed it, or a signature of theirs is wrong.
    """
    text, signatures = _taken_apart(note, place)
    checkpoint = _read(text, place)
    name = _key_name(checkpoint.programme)
    known = {key.id(name): key for key in keys}
    for signer, raw in signatures:
        key = known.get(raw[:4]) if signer == name else None
        if key is None:
            continue
        if not key.verifies(raw[4:], text.encode()):
            raise _bad(
                place,
                "署名が内容と合いません。チェックポイントが書き換えられています。",
                "The signature does not fit the text: the checkpoint was changed.",
            )
        return attrs.evolve(checkpoint, key=raw[:4].hex())
    raise _bad(place, "指定された鍵の署名がありません。", "None of the keys given signed it.")


def _taken_apart(note: str, place: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Take text and signatures apart, without believing either."""
    text, blank, block = note.rpartition("\n\n")
    lines = block.removesuffix("\n").split("\n")
    found = [_SIGNATURE.fullmatch(line) for line in lines]
    if len(note) > _LONGEST or _CONTROL.search(note) or not blank or not block.endswith("\n"):
        raise _bad(place, "チェックポイントの形式ではありません。", "It has not the form of a checkpoint.")
    signatures: list[tuple[str, bytes]] = []
    for match in found:
        raw = _unb64(match[2]) if match else None
        if match is None or raw is None or len(raw) <= 4:
            raise _bad(place, "署名の行の形式が正しくありません。", "A line of signatures has not its form.")
        signatures.append((match[1], raw))
    return f"{text}\n", signatures


def _read(text: str, place: str) -> Checkpoint:
    try:
        programme, size, root, head, at = text.removesuffix("\n").split("\n")
        _require_line(programme)
        read = Head(_size(size), _hash(_after("head ", head)), _hash(root))
        checkpoint = Checkpoint(programme, read, moment(_after("at ", at)), "")
    except ValueError:
        raise _bad(
            place,
            "チェックポイントの各行（名称・件数・根・先頭・日時）の形式が正しくありません。",
            "Its lines (programme, size, root, head, time) have not their form.",
        ) from None
    if read.size == 0 and read != START:
        raise _bad(place, "0 件なのに内容があります。", "It has no records, and yet a head.")
    return checkpoint


def _size(text: str) -> int:
    if not _SIZE.fullmatch(text) or int(text) > LAST:
        msg = "not a size"
        raise ValueError(msg)
    return int(text)


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        msg = "another line"
        raise ValueError(msg)
    return line.removeprefix(word)


def _hash(text: str) -> bytes:
    raw = _unb64(text)
    if raw is None or len(raw) != WIDTH:
        msg = "not a hash"
        raise ValueError(msg)
    return raw


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unb64(text: str) -> bytes | None:
    """Read base64 in its one canonical form."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if _b64(raw) == text else None


def _key_name(programme: str) -> str:
    """Make the name of the key from that of the programme; the format allows neither spaces nor `+` in it."""
    return re.sub(r"[\s+]", "-", programme)


def _require_line(programme: str) -> None:
    fine = programme and programme == programme.strip() and not re.search(r"[\x00-\x1f\ud800-\udfff]", programme)
    if not fine:
        raise BadInput(
            Bilingual(
                "プログラムの名称は、空でない一行の文字にしてください。", "A programme's name is one line of text."
            ),
            mend=Bilingual("設定の name を直してください。", "Mend the name in the settings."),
            place="programme",
        )


def _bad(place: str, ja: str, en: str) -> BadInput:
    return BadInput(Bilingual(ja, en), mend=_MEND, place=place)
