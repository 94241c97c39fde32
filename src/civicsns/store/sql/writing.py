"""
Writing together: whoever has the turn commits for all who wait.

A commit costs a wait for the disk, however much is in it. So a thread that finds nobody writing takes the turn, does
its own unit of work and those of all who came meanwhile in one transaction, commits once, and tells each how its own
ended. There is no thread in the background: a thread that waits is either told, or takes the turn itself.
Every call returns only after its own change is on the disk.

A connection goes from one who writes to the next as long as others wait; taking it out of the pool and putting it back
would cost more than most of what is done with it.

Beginning a transaction on a server is a way there and back. So the next thread begins its own while the one before it
reaches the disk, and gathers those for whom it writes only when the one before has ended.

Where one unit cannot be done, nothing of the transaction is kept, and each is done once more by itself: so each ends as
it would have without the others. (Savepoints would keep the others in one transaction. They cost two more steps for
every unit, and some errors, a full disk among them, undo them too.)
"""

from __future__ import annotations

import contextlib
import threading
import time
from enum import IntEnum, auto
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import exc

from civicsns.store.sql import faults, steps, tables
from civicsns.store.sql.statements import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import sqlalchemy as sa

    from civicsns.store.sql.chaining import Chain, Note
    from civicsns.store.sql.dialects import Dialect
    from civicsns.store.sql.steps import Work


#: How long to wait before asking again how a transaction ended that the server is still at, in seconds.
_ASK_AGAIN = 0.05


class _ForAllError(Exception):
    """An error that every unit of work meets."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _UndoneError(Exception):
    """The connection was lost, and the database says that nothing was kept."""


class _UnclearError(Exception):
    """The one who wrote was interrupted while it was being kept."""


class _Stage(IntEnum):
    """How far a transaction has come."""

    BEGINNING = auto()
    WORKING = auto()
    ENDING = auto()


class _Unit:
    """One caller's work, and how it ended."""

    def __init__(self, work: Work, notes: Sequence[Note], guard: threading.Lock) -> None:
        self.work = work
        self.notes = notes
        self.told = threading.Condition(guard)
        self.end: bool | Exception | None = None
        # Apart from the end itself, which is let go of when it is handed out: a caller may have been quick.
        self.ended = False
        # Whether somebody is at it.
        self.led = False

    def tell(self, end: bool | Exception) -> None:  # noqa: FBT001 -- it is what the work returned
        """Note how it ended."""
        self.end = end
        self.ended = True


class _Turn:
    """
    One caller's turn at writing.

    Args:
        gather: Gives all who wait.
        give_back: Lets the next one begin.
        at_it: Held from when somebody has gathered for whom he writes until they are told.

    Attributes:
        group: For whom he writes, himself among them; nobody until they are gathered.
    """

    def __init__(self, gather: Callable[[], list[_Unit]], give_back: Callable[[], None], at_it: threading.Lock) -> None:
        self._gather = gather
        self._give_back = give_back
        self._at_it = at_it
        self._holds = False
        self._ended = False
        self.group: list[_Unit] = []

    def gather(self) -> list[_Unit]:
        """Take along all who wait by the time that whoever wrote before has come to the end of it."""
        self._holds = self._at_it.acquire()
        self.group = self._gather()
        return self.group

    def pass_on(self) -> None:
        """Let the next one begin; nothing where that was done."""
        if not self._ended:
            self._ended = True
            self._give_back()

    def told(self) -> None:
        """Let him gather."""
        if self._holds:
            self._holds = False
            self._at_it.release()


class Writer:
    """
    Takes units of work from any number of threads to the disk, as many at once as wait.

    Args:
        engine: Where to.
        dialect: What kind of database that is.
        patience: How long to wait for the database to say how a transaction ended, in seconds.
        chain: Where records are appended.
    """

    def __init__(
        self,
        engine: sa.Engine,
        dialect: Dialect,
        *,
        patience: float,
        chain: Chain,
    ) -> None:
        self._readers = engine
        self._engine = engine.execution_options(**{WRITES: True})
        self._dialect = dialect
        self._patience = patience
        self._chain = chain
        self._version = tables.HEAD
        # SQLite has one at a time begin, and looks again and again, with pauses, whether that is over.
        self._overlaps = engine.dialect.name == "postgresql"
        self._guard = threading.Lock()
        #: Whether somebody has the turn.
        self._taken = False
        self._at_it = threading.Lock()
        self._waiting: list[_Unit] = []
        #: For whoever writes next; there are none while nobody waits or writes.
        self._handed_on: list[sa.Connection] = []

    def forked(self) -> list[sa.Connection]:
        """
        Forget who was writing in the process that forked this one: those threads are not here.

        Returns:
            Connections that are theirs, and must be neither used nor closed here.
        """
        left, self._handed_on = self._handed_on, []
        self._guard = threading.Lock()
        self._taken = False
        self._at_it = threading.Lock()
        self._waiting = []
        return left

    def write(self, work: Work, notes: Sequence[Note] = ()) -> bool:
        """
        Do *work*, and put *notes* on record, in one transaction, perhaps together with others.

        Returns:
            What *work* returned, once it is on the disk.

        Raises:
            StoreError: If the database is out of order. Nothing was kept, unless the error says that nobody knows.
            IntegrityError: If the database refused the work.
            Exception: What *work* raised; nothing was kept.
        """
        unit = _Unit(work, notes, self._guard)
        with self._guard:
            self._waiting.append(unit)
            try:
                while not unit.ended and (self._taken or unit.led):
                    unit.told.wait()
            except BaseException:
                self._withdraw(unit)
                raise
            leads = not unit.ended
            self._taken = self._taken or leads
        if leads:
            self._lead(unit)
        end, unit.end = unit.end, None
        try:
            match end:
                case _UndoneError():
                    raise faults.lost(self._dialect.place)
                case _UnclearError():
                    raise faults.interrupted(self._dialect.place)
                case exc.SQLAlchemyError() if not isinstance(end, exc.IntegrityError):
                    raise faults.fault(end, place=self._dialect.place) from end
                case Exception():
                    raise end
                case _:
                    return bool(end)
        finally:
            # An error holds the frame that raised it, and the frame would hold the error.
            del end

    def _withdraw(self, unit: _Unit) -> None:
        """Take back what nobody waits for any more; we may be the one who was called to go on."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(unit)
        self._call_next()

    def _call_next(self) -> None:
        if self._taken:
            return
        if self._waiting:
            self._waiting[0].told.notify()
            return
        while self._handed_on:
            self._handed_on.pop().close()

    def _lead(self, own: _Unit) -> None:
        """Write for all who wait, and give the turn back whatever happens."""
        turn = _Turn(self._gather, self._give_back, self._at_it)
        try:
            self._write(turn)
        finally:
            turn.pass_on()
            with self._guard:
                # Some are left only where we were interrupted; nothing of theirs was kept.
                left = [unit for unit in turn.group if not unit.ended and unit is not own]
                for unit in left:
                    unit.led = False
                self._waiting[:0] = left
                for unit in turn.group:
                    unit.told.notify()
                self._withdraw(own)
            turn.told()

    def _gather(self) -> list[_Unit]:
        with self._guard:
            group, self._waiting = self._waiting, []
            for unit in group:
                unit.led = True
        return group

    def _give_back(self) -> None:
        with self._guard:
            self._taken = False
            self._call_next()

    def _write(self, turn: _Turn) -> None:
        """Give each who waits his end: all at once, or where that is not possible, one by one."""
        try:
            ends: Sequence[bool | Exception] = self._transact(turn.gather, turn)
        except _ForAllError as met:
            # Nobody needs to find that out once more.
            ends = [met.error] * len(turn.group or turn.gather())
        except Exception as error:  # noqa: BLE001 -- it is raised where it belongs
            if len(turn.group) > 1:
                self._write_each(turn)
                return
            ends = [error]
        for unit, end in zip(turn.group, ends, strict=True):
            unit.tell(end)

    def _write_each(self, turn: _Turn) -> None:
        for number, unit in enumerate(turn.group, 1):
            try:
                (end,) = self._transact(partial(list, [unit]), turn if number == len(turn.group) else None)
            except _ForAllError as met:
                for one in turn.group[number - 1 :]:
                    one.tell(met.error)
                return
            except Exception as error:  # noqa: BLE001 -- it is raised where it belongs
                unit.tell(error)
            else:
                unit.tell(end)

    def _transact(self, gather: Callable[[], list[_Unit]], turn: _Turn | None) -> list[bool]:
        """
        Do some units in one transaction.

        Args:
            gather: Gives them, once it has begun: who came meanwhile is among them.
            turn: Ours, where this is the last transaction in it.

        Raises:
            _ForAllError: If the trouble is the database's.
            Exception: If the trouble is that of a unit; nothing was kept.
        """
        group: list[_Unit] = []
        stage = _Stage.BEGINNING
        changed: list[bool] = []
        mark = None
        try:
            with self._connection() as connection, connection.begin():
                stage = _Stage.WORKING
                group = gather()
                changed, marked = steps.work(
                    connection, [unit.work for unit in group], [unit.notes for unit in group], self._chain
                )
                mark, version = marked or self._dialect.mark(connection)
                self._require_ours(version)
                stage = _Stage.ENDING
                if turn and self._overlaps:
                    # The next one can have his transaction begun while ours reaches the disk.
                    turn.pass_on()
        except Exception as error:
            if stage is _Stage.WORKING and not faults.waited_in_vain(error):
                raise
            if stage is _Stage.ENDING and faults.cut_off(error):
                kept = self._kept(mark)
                if kept:
                    return changed
                if kept is not None:
                    raise _ForAllError(_UndoneError()) from error
            raise _ForAllError(error) from error
        except BaseException:
            if stage is _Stage.ENDING:
                for unit in group:
                    unit.tell(_UnclearError())
            raise
        return changed

    @contextlib.contextmanager
    def _connection(self) -> Generator[sa.Connection]:
        """Give a connection to write with: that of whoever wrote before, and hand it on where nothing was wrong."""
        with self._guard:
            connection = self._handed_on.pop() if self._handed_on else None
        if connection is None:
            connection = self._engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._guard:
            self._handed_on.append(connection)

    def _require_ours(self, version: str | None) -> None:
        """Refuse to write into a store that a later version has changed meanwhile."""
        if version != self._version:
            raise faults.outgrown(self._dialect.place)

    def _kept(self, mark: str | None) -> bool | None:
        """Ask how a transaction ended whose end was not heard; None where that is not to be known."""
        deadline = time.monotonic() + self._patience
        with contextlib.suppress(exc.SQLAlchemyError):
            while time.monotonic() < deadline:
                with self._readers.connect() as connection:
                    ended = self._dialect.ended(connection, mark)
                if ended != "in progress":
                    return None if ended is None else ended == "committed"
                time.sleep(_ASK_AGAIN)
        return None
