"""
The audit 監査: what is done with the records of a programme, by a person and on its own machine.

To see what happened to one post (開示資料), to show that nothing was changed, to say so under signature, to hand the
records out, and to destroy what may be destroyed.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Self

import attrs

from civicsns.config import CountedFrom
from civicsns.errors import BadInput, ConfigurationError, StoreError
from civicsns.language import Bilingual
from civicsns.model import Capacity
from civicsns.ports import Archive
from civicsns.records import checkpoint, export
from civicsns.records.chain import Fault, FaultKind, Tip, verify
from civicsns.records.destruction import destruction
from civicsns.records.export import ExportFault, Report
from civicsns.records.keys import SigningKey
from civicsns.records.retention import Retention, from_the_next_fiscal_year, from_the_record, overdue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from civicsns.config import KeySource, RecordSettings
    from civicsns.model import Person, Record
    from civicsns.ports import Clock, Store
    from civicsns.records.chain import Entry, Head
    from civicsns.records.keys import PublicKey

#: So many bodies are destroyed under one record, whose own body names them all.
_AT_ONCE = 2000


@attrs.frozen(kw_only=True)
class Overdue:
    """
    What may be destroyed, since its retention is over.

    Attributes:
        seqs: The numbers of the entries.
        kinds: How many there are of each event.
    """

    seqs: tuple[int, ...]
    kinds: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Dossier:
    """
    All that is on record about one draft or one delivery 開示資料.

    Attributes:
        subject: What was asked for.
        deliveries: The deliveries of the draft, where it is an official one.
        items: The records about it and about these, in the order in which they were kept, with their entries.
    """

    subject: str
    deliveries: tuple[str, ...]
    items: tuple[tuple[Entry, Record], ...]


class Audit:
    """
    The records of a programme.

    Args:
        archive: Where they are.
        store: Where the deliveries are.
        programme: The programme's name, as checkpoints give it.
        settings: How records are kept.
        person: Looks up a member of staff, and raises `BadInput` where there is none.
        clock: Where the time comes from.
        zone: Where the city is.
    """

    def __init__(
        self,
        *,
        archive: Archive,
        store: Store,
        programme: str,
        settings: RecordSettings,
        person: Callable[[str], Person],
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._archive = archive
        self._store = store
        self._programme = programme
        self._settings = settings
        self._person = person
        self._clock = clock
        self._zone = zone

    @classmethod
    def of(
        cls,
        store: Store,
        *,
        programme: str,
        settings: RecordSettings,
        person: Callable[[str], Person],
        clock: Clock,
        zone: tzinfo,
    ) -> Self:
        """
        Audit a store that keeps both deliveries and records.

        Raises:
            ConfigurationError: If it does not chain its records.
        """
        if not isinstance(store, Archive):
            raise ConfigurationError(
                Bilingual("この保管庫は証跡を鎖にしません。", "This store does not chain its records."),
                mend=Bilingual("civicsns の保管庫を使ってください。", "Use a store of civicsns."),
                place="store",
            )
        return cls(
            archive=store, store=store, programme=programme, settings=settings, person=person, clock=clock, zone=zone
        )

    def dossier(self, subject: str) -> Dossier:
        """
        Gather what is on record about a draft with its deliveries, or about one delivery.

        Records that were destroyed are not in it: nothing is left that says what they were about.

        Args:
            subject: The digest of the draft, or the id of the delivery.

        Raises:
            BadInput: If nothing is on record about it.
            StoreError: If the store is out of order, or a record is not what the chain commits to.
        """
        deliveries = [one.id for one in self._store.of_draft(subject) if one.capacity is Capacity.OFFICIAL]
        items = [item for about in (subject, *deliveries) for item in self._archive.about(about)]
        if not items:
            raise BadInput(
                Bilingual("これについての証跡はありません。", "Nothing is on record about it."),
                mend=Bilingual(
                    "起案のダイジェストか、配信のIDを指定してください。廃棄された証跡は示せません。",
                    "Give the digest of a draft or the id of a delivery. What was destroyed cannot be shown.",
                ),
                place=subject,
            )
        items.sort(key=lambda item: item[0].seq)
        return Dossier(subject=subject, deliveries=tuple(deliveries), items=tuple(items))

    def verify(self, *, keys: Sequence[PublicKey] = (), checkpoints: Mapping[str, str] | None = None) -> Report:
        """
        Examine all records in the store.

        Args:
            keys: The public keys of the programme, present and former.
            checkpoints: Checkpoints that were kept elsewhere, by where they come from. Only against these do a cut
                end and a chain written anew show.

        Raises:
            StoreError: If the store cannot be read.
        """
        outside: list[checkpoint.Checkpoint] = []
        for place, note in (checkpoints or {}).items():
            try:
                outside.append(checkpoint.verify(note, keys=keys, place=place))
            except BadInput as error:
                return Report(programme=self._programme, fault=ExportFault(place, error.what))
            if outside[-1].programme != self._programme:
                return Report(
                    programme=self._programme,
                    fault=ExportFault(
                        place,
                        Bilingual(
                            f"チェックポイントは「{outside[-1].programme}」のもので、この保管庫は「{self._programme}」のものです。",
                            f"The checkpoint is that of {outside[-1].programme!r}, the store that of {self._programme!r}.",
                        ),
                    ),
                )
        heads = [one.head for one in outside]
        stands = self._archive.tip().head
        examined = verify(self._archive.chain(), heads=[*heads, stands])
        fault = examined.fault
        if fault is not None and fault.kind in {FaultKind.REWRITTEN, FaultKind.TRUNCATED}:
            # It is the store's own word that is not kept, unless a checkpoint says the same.
            others = verify(self._archive.chain(), heads=heads)
            fault = others.fault or _astray(stands.size)
        elif fault is None and self._archive.tip().size < examined.head.size:
            fault = _behind(self._archive.tip().size + 1)
        shown = None if fault is None else ExportFault(f"{fault.seq}", fault.what, fault)
        return Report(programme=self._programme, examined=examined, outside=outside, fault=shown)

    def checkpoint(self, *, keys: Sequence[PublicKey] = (), checkpoints: Mapping[str, str] | None = None) -> str:
        """
        Examine all records, and sign where their chain stands. Keep the text where the store's owner cannot change it.

        Args:
            keys: Former public keys of the programme, where earlier checkpoints were signed with them.
            checkpoints: Earlier checkpoints, by where they come from. Nothing is signed that contradicts them.

        Raises:
            BadInput: If the programme has no name.
            ConfigurationError: If the settings name no key, or it cannot be read.
            StoreError: If the records are not in order; nothing was signed.
        """
        key = _signing(self._settings.key)
        report = self.verify(keys=[key.public, *keys], checkpoints=checkpoints)
        if report.fault is not None or report.examined is None:
            what = report.fault.what if report.fault else Bilingual("", "")
            raise StoreError(
                Bilingual(
                    f"証跡に異常があるため、署名しませんでした。{what.ja}",
                    f"The records are not in order, so nothing was signed. {what.en}",
                ),
                mend=Bilingual(
                    "保管庫をそのままにして写しを取り、civicsns audit verify --store で確かめてください。",
                    "Leave the store as it is, copy it, and look at: civicsns audit verify --store",
                ),
                place=report.fault.place if report.fault else "",
            )
        return checkpoint.sign(report.examined.head, programme=self._programme, at=self._clock.now(), key=key)

    def export(self, path: Path, *, checkpoints: Sequence[str] = (), after: int = 0) -> Head:
        """
        Write the records into a file that anybody with the public key can verify, one at a time.

        Args:
            path: The file. Whoever reads it sees the old one or the whole new one; only its owner can.
            checkpoints: Signed checkpoints that go with it.
            after: How many records a former export held, for one that goes on from there.

        Returns:
            Where the chain stands at the end of the file.

        Raises:
            BadInput: If there are fewer records than *after*.
            OSError: If the file cannot be written.
            StoreError: If the store is out of order, or a record cannot be read.
        """
        pairs = self._archive.chain()
        tip = Tip()
        for entry, _ in islice(pairs, after):
            tip = Tip(entry.hash, tip.frontier.append(entry.hash))
        if tip.size < after:
            raise BadInput(
                Bilingual(f"証跡は {tip.size:,} 件しかありません。", f"There are {tip.size:,} records only."),
                mend=Bilingual(
                    "前回の書き出しの件数を指定してください。証跡が減っているなら、civicsns audit verify --store で確かめてください。",
                    "Give the size of the former export. If records have vanished: civicsns audit verify --store",
                ),
                place="after",
            )
        return export.write(pairs, path, programme=self._programme, checkpoints=checkpoints, after=tip)

    def overdue(self) -> Overdue:
        """
        List what may be destroyed now, by the periods in the settings.

        Raises:
            StoreError: If the store is out of order, or a record cannot be read.
        """
        fiscal = self._settings.counted_from is CountedFrom.FISCAL_YEAR
        retention = Retention(
            self._settings.retention, begins=from_the_next_fiscal_year(self._zone) if fiscal else from_the_record
        )
        found = list(overdue(self._archive.chain(), retention, now=self._clock.now()))
        kinds = Counter(event for _, event in found)
        return Overdue(seqs=tuple(entry.seq for entry, _ in found), kinds=dict(sorted(kinds.items())))

    def destroy(self, seqs: Collection[int], *, by: str, rule: str) -> int:
        """
        Destroy the bodies of records 廃棄; who did it, and under which rule, goes on record with them.

        Args:
            seqs: The numbers of the entries: those of `overdue`, or single ones that must go by law.
            by: The personnel number of the person who destroys them.
            rule: What allows it, such as `青葉市文書管理規程 第30条`.

        Returns:
            How many were destroyed.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no rule, nothing to destroy, or one of them is gone
                already.
            StoreError: If the store is out of order. What was destroyed before is on record.
        """
        self._person(by)
        numbers = sorted(set(seqs))
        # Looked at before the first of several parts is destroyed.
        destruction(numbers, at=self._clock.now(), by=by, rule=rule)
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            try:
                self._archive.destroy(some, destruction(some, at=self._clock.now(), by=by, rule=rule))
            except ValueError as error:
                raise BadInput(
                    Bilingual(
                        "本文のない証跡か、廃棄の証跡が含まれています。",
                        "One of them has no body any more, or is itself the record of a destruction.",
                    ),
                    mend=Bilingual("一覧を確かめ直してください。", "Look at the list again."),
                    place=f"{some[0]}-{some[-1]}",
                ) from error
        return len(numbers)


def _signing(source: KeySource | None) -> SigningKey:
    if source is None:
        raise ConfigurationError(
            Bilingual("チェックポイントに署名する鍵が設定されていません。", "No key for checkpoints is set up."),
            mend=Bilingual(
                'civicsns audit keygen で作り、設定の [records] に key = "ファイル" と書いてください。',
                'Make one with civicsns audit keygen, and name it in the settings: [records] key = "FILE"',
            ),
            place="records.key",
        )
    if source.path is not None:
        return SigningKey.load(source.path)
    assert source.env is not None, "one of the two is there"
    return SigningKey.parse(os.environ.get(source.env, "").encode(), place=source.env)


def _astray(size: int) -> Fault:
    what = Bilingual(
        f"鎖の末尾として保管されている値（{size:,} 件）が、鎖そのものと合いません。末尾が切られたか、書き換えられています。",
        f"What the store keeps as the end of the chain ({size:,} records) is not the end of the chain:"
        " it was cut, or written anew.",
    )
    return Fault(FaultKind.TRUNCATED, size, size, what)


def _behind(seq: int) -> Fault:
    what = Bilingual(
        f"記録 {seq} から後は、このプログラムが付け加えたものではありません。",
        f"The records from {seq} on were not appended by this program.",
    )
    return Fault(FaultKind.INSERTED, seq, seq, what)
