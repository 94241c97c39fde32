"""
An export of the records: a file of JSON lines that anybody with the public key can verify, without network or database.

The first line names the schema and the programme, and carries the checkpoints; then comes a line for each entry, with
its body and salt where these still exist; the last line says how many there were. An export of what came after a former
one says in its first line where that ended (`after`): the hash of the last entry, and the peaks of the tree. Each line has exactly one form (keys
in order, no spaces), so that equal records make equal files.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.records import checkpoint as checkpoints_
from civicsns.records.body import require_canonical, stamp
from civicsns.records.chain import START, WIDTH, Entry, Examined, Fault, Head, Sealed, Tip
from civicsns.records.chain import verify as verify_chain
from civicsns.records.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from civicsns.records.checkpoint import Checkpoint
    from civicsns.records.keys import PublicKey

#: What the first line calls the format.
SCHEMA = "civicsns.records.v1"

#: No line is longer, so that a hostile file does not fill the memory.
_LONGEST = 1 << 20
_HASH = b'"([0-9a-f]{64})"'
_ENTRY = re.compile(
    b'{"at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z)",(?:"body":({.*}),)?"commitment":%b,"hash":%b,"previous":%b,(?:"salt":%b,)?'
    b'"seq":([1-9][0-9]{0,18})}\n' % ((_HASH,) * 4)
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


@attrs.frozen
class ExportFault:
    """
    Why an export is not to be believed.

    Attributes:
        place: The line of the export, or the name of the checkpoint.
        what: What is wrong.
        chain: The fault of the chain, where it is one.
    """

    place: str
    what: Bilingual
    chain: Fault | None = None


@attrs.frozen(kw_only=True)
class Report:
    """
    What the verification of an export found.

    Attributes:
        programme: Whose records, as the export says; empty where it could not be read.
        examined: What the examination of the chain found; None where the file was not readable as far as that.
        after: Where the chain stood before the first record of the export.
        inside: The checkpoints in the export, verified.
        outside: The checkpoints given, verified.
        fault: The first bad place; None where everything is in order.
    """

    programme: str = ""
    examined: Examined | None = None
    after: Head = START
    inside: Sequence[Checkpoint] = ()
    outside: Sequence[Checkpoint] = ()
    fault: ExportFault | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None

    @property
    def unsigned(self) -> int:
        """How many records at the end no checkpoint vouches for."""
        size = self.examined.head.size if self.examined else 0
        return size - max((one.head.size for one in (*self.inside, *self.outside)), default=0)


class _Bad(Exception):  # noqa: N818 -- never leaves this module
    def __init__(self, line: int, ja: str, en: str) -> None:
        self.fault = ExportFault(f"{line}", Bilingual(ja, en))
        super().__init__(line)


def write(
    pairs: Iterable[tuple[Entry, Sealed | None]],
    path: Path,
    *,
    programme: str,
    checkpoints: Iterable[str] = (),
    after: Tip | None = None,
) -> Head:
    """
    Write an export; whoever reads *path* sees the old file or the whole new one. Only its owner can read it.

    Args:
        pairs: The entries in order, with their bodies and salts where these exist; from that on which follows *after*.
        path: The file.
        programme: Whose records they are.
        checkpoints: The signed checkpoints, as `civicsns.records.checkpoint.sign` wrote them.
        after: Where a former export ended, for one that goes on from there.

    Returns:
        Where the chain stands, for the next checkpoint.

    Raises:
        BadInput: If a line would be longer than `verify_export` reads: too many checkpoints, or a monstrous record.
        OSError: If the file cannot be written. Nothing is left behind then.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    start = after or Tip()
    frontier, last = start.frontier, start.hash
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_short_enough(_header_line(programme, list(checkpoints), start), 1))
            for number, (entry, sealed) in enumerate(pairs, start=2):
                file.write(_short_enough(_entry_line(entry, sealed), number))
                frontier, last = frontier.append(entry.hash), entry.hash
            head = Head(frontier.size, last, frontier.root)
            file.write(_end_line(head))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return head


def _short_enough(line: bytes, number: int) -> bytes:
    if len(line) > _LONGEST:
        raise BadInput(
            Bilingual(f"書き出しの {number} 行目が長すぎます。", f"Line {number} of the export would be too long."),
            mend=Bilingual("新しいチェックポイントだけを入れてください。", "Put in only the newest checkpoints."),
            place=f"{number}",
        )
    return line


def verify_export(
    path: Path, *, keys: Sequence[PublicKey], checkpoints: Mapping[str, str] | None = None, more: bool = False
) -> Report:
    """
    Verify an export, in one pass and without keeping it in memory.

    Args:
        path: The export.
        keys: The public keys of the programme, present and former. Get them from elsewhere than the export.
        checkpoints: Checkpoints that were kept elsewhere, by where they come from. Only against these do a cut end
            and a chain written anew show for certain.
        more: Whether a further export goes on from this one; checkpoints beyond its end are left to that.

    Raises:
        OSError: If the file cannot be read.
    """
    outside: list[Checkpoint] = []
    for place, note in (checkpoints or {}).items():
        try:
            outside.append(checkpoints_.verify(note, keys=keys, place=place))
        except BadInput as error:
            return Report(fault=ExportFault(place, error.what))
    report = Report(outside=outside)
    with path.open("rb") as file:
        lines = _Lines(file)
        try:
            report, after = _header(lines, report, keys)
            for place, one in zip(checkpoints or {}, outside, strict=True):
                if one.programme != report.programme:
                    return attrs.evolve(report, fault=ExportFault(place, _other(one.programme, report.programme)))
            heads = [one.head for one in (*report.inside, *outside)]
            examined = verify_chain(lines.entries(), heads=heads, after=after, more=more)
            report = attrs.evolve(report, examined=examined)
            if examined.fault is not None:
                place = str(examined.fault.position - after.size + 1)
                return attrs.evolve(report, fault=ExportFault(place, examined.fault.what, examined.fault))
            lines.finish(examined.head)
        except _Bad as bad:
            return attrs.evolve(report, fault=bad.fault)
    return report


class _Lines:
    """The lines of an export, one at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = b""
        self.number = 0

    def next(self) -> bytes:
        """Give the next line."""
        self.number += 1
        line = self._file.readline(_LONGEST)
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            raise self.bad("この行は長すぎます。", "This line is too long.")
        if not line.endswith(b"\n"):
            raise self.bad("ファイルがここで途切れています。", "The file breaks off here.")
        return line

    def entries(self) -> Iterator[tuple[Entry, Sealed | None]]:
        """Give the entries, up to the last line."""
        while True:
            line = self.next()
            if line.startswith(b'{"end":'):
                self._end = line
                return
            yield self.reading(line, _entry)

    def finish(self, head: Head) -> None:
        """Require that the last line agrees, and that nothing follows it."""
        if self._end != _end_line(head):
            raise self.bad(
                "最後の行が、これまでの記録と合いません。", "The last line does not agree with the records before it."
            )
        self.number += 1
        if self._file.read(1):
            raise self.bad("最後の行の後に続きがあります。", "Something follows the last line.")

    def reading(self, line: bytes, read: Callable[[bytes], Any]) -> Any:
        """Read *line*; it may be hostile."""
        try:
            return read(line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self.bad(
                "この行は書き出しの形式ではありません。", "This line has not the form of an export."
            ) from None

    def bad(self, ja: str, en: str) -> _Bad:
        return _Bad(self.number, ja, en)


def _header(lines: _Lines, report: Report, keys: Sequence[PublicKey]) -> tuple[Report, Tip]:
    programme, notes, after = lines.reading(lines.next(), _first)
    inside: list[Checkpoint] = []
    for note in notes:
        try:
            one = checkpoints_.verify(note, keys=keys)
        except BadInput as error:
            raise lines.bad(
                f"書き出しの中のチェックポイント: {error.what.ja}", f"A checkpoint in the export: {error.what.en}"
            ) from None
        if one.programme != programme:
            other = _other(one.programme, programme)
            raise lines.bad(other.ja, other.en)
        inside.append(one)
    return attrs.evolve(report, programme=programme, inside=inside, after=after.head), after


def _first(line: bytes) -> tuple[str, list[str], Tip]:
    shape = json.loads(line)
    programme, notes = shape["programme"], shape["checkpoints"]
    texts = [programme, *notes]
    after = _place(shape["after"]) if "after" in shape else Tip()
    if _header_line(programme, list(notes), after) != line or not all(isinstance(text, str) for text in texts):
        msg = "not a first line"
        raise ValueError(msg)
    return programme, notes, after


def _place(shape: Mapping[str, Any]) -> Tip:
    size, peaks = shape["size"], tuple(bytes.fromhex(peak) for peak in shape["peaks"])
    last = bytes.fromhex(shape["hash"])
    if type(size) is not int or size < 1 or len(peaks) != size.bit_count() or {WIDTH} != {len(last), *map(len, peaks)}:
        msg = "not a place in a chain"
        raise ValueError(msg)
    return Tip(last, Frontier(size, peaks))


def _header_line(programme: str, checkpoints: list[str], after: Tip) -> bytes:
    shape: dict[str, Any] = {"checkpoints": checkpoints, "programme": programme, "schema": SCHEMA}
    if after.size:
        peaks = [peak.hex() for peak in after.frontier.peaks]
        shape["after"] = {"hash": after.hash.hex(), "peaks": peaks, "size": after.size}
    return _line(shape)


def _entry(line: bytes) -> tuple[Entry, Sealed | None]:
    found = _ENTRY.fullmatch(line)
    if found is None:
        msg = "not the line of an entry"
        raise ValueError(msg)
    at, body, commitment, own, previous, salt, seq = found.groups()
    if (body is None) is not (salt is None):
        msg = "a body without its salt, or a salt without its body"
        raise ValueError(msg)
    sealed = None
    if body is not None:
        require_canonical(body)
        sealed = Sealed(body, _unhex(salt))
    return Entry(
        int(seq), _unhex(previous), _unhex(commitment), datetime.fromisoformat(at.decode()), _unhex(own)
    ), sealed


def _unhex(text: bytes) -> bytes:
    return bytes.fromhex(text.decode())


def _entry_line(entry: Entry, sealed: Sealed | None) -> bytes:
    body = b'"body":%b,' % sealed.body if sealed else b""
    salt = f'"salt":"{sealed.salt.hex()}",' if sealed else ""
    head = f'{{"at":"{stamp(entry.at)}",'.encode()
    tail = (
        f'"commitment":"{entry.commitment.hex()}","hash":"{entry.hash.hex()}",'
        f'"previous":"{entry.previous.hex()}",{salt}"seq":{entry.seq}}}\n'
    )
    return head + body + tail.encode()


def _end_line(head: Head) -> bytes:
    return _line({"end": {"hash": head.hash.hex(), "root": head.root.hex(), "size": head.size}})


def _line(shape: Mapping[str, Any]) -> bytes:
    return _encode(shape).encode() + b"\n"


def _other(theirs: str, ours: str) -> Bilingual:
    return Bilingual(
        f"チェックポイントは「{theirs}」のもので、この書き出しは「{ours}」のものです。",
        f"The checkpoint is that of {theirs!r}, the export that of {ours!r}.",
    )
