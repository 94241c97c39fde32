"""What can happen next in the ledger's model: every step of every worker, of the network, of a person, of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ledger_world import (
    STALE,
    Deciding,
    Lifting,
    Ports,
    Row,
    Running,
    UploadingPorts,
    Worker,
    World,
    closed,
    moment,
    opened,
    receipt,
    ticks,
)

from civicsns.model import DeliveryState, Idempotency, ReadBack
from civicsns.model.delivery import ENDED
from civicsns.posting import intervention, readback
from civicsns.posting.steps import IllegalStep

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing = TypeVar("Thing")
#: A reading of the clock that makes anything due.
FAR = 1000
NOBODY = -1
ABSENT = -1


class State(NamedTuple):
    """All there is: rows and workers by their numbers, ages of posts, and requests in the network's hands."""

    rows: tuple[int, ...]
    workers: tuple[int, ...]
    #: Ticks since each delivery's post was made.
    posts: tuple[int, ...]
    #: Of which delivery, how long ago it left, and which worker awaits its answer.
    flights: tuple[tuple[int, int, int], ...]
    #: How many requests of each delivery left since a person last decided; empty where they are not counted.
    tries: tuple[int, ...] = ()
    #: How long ago a backup was made, and its rows; (-1,) before, and empty once it was restored, or none is made.
    backup: tuple[int, ...] = ()
    #: Whether all posting is on hold.
    held: bool = False


class Step(NamedTuple):
    """One thing that may happen."""

    said: str
    after: State
    broken: str = ""
    #: Nothing went wrong in it; what must come about at last comes about by such steps alone.
    fair: bool = True


class Numbers(Generic[Thing]):
    """Gives equal things the same small number."""

    def __init__(self) -> None:
        self._numbers: dict[Thing, int] = {}
        self.things: list[Thing] = []

    def of(self, thing: Thing) -> int:
        """Give the number of *thing*."""
        number = self._numbers.setdefault(thing, len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        return number


class Steps:
    """
    The steps of one world.

    Args:
        world: Which.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._ports = UploadingPorts(world) if world.uploads else Ports(world)
        self._long_ago = -world.long_ago
        self._rows: Numbers[Row] = Numbers()
        self._workers: Numbers[Worker] = Numbers()
        self._idle = self._workers.of(None)
        self._older_rows: dict[int, int] = {}
        self._older_workers: dict[int, int] = {}
        self._requests: dict[int, tuple[Any, ...]] = {}
        self._followings: dict[Running, tuple[int, str]] = {}
        # A post's age decides on being listed, on the window that is read back, and on the life of its key.
        keyed = world.idempotency is Idempotency.KEY
        dated = keyed or world.nature.skew or world.backups
        self._old_post = world.long_ago if dated else world.nature.lag
        self._alike = not world.nature.skew or world.stepping

    def first(self) -> State:
        """Give the beginning: everything waits, and is due."""
        parts = self.world.parts
        rows = [
            # The first part alone has an end, as in `posting.plan`.
            self._rows.of(
                Row(
                    DeliveryState.PENDING,
                    not_before=0,
                    not_after=None if part else self.world.not_after,
                    prefers=self.world.prefers,
                )
            )
            for part in range(parts)
        ]
        tries = () if self.world.attempts is None else (0,) * parts
        backup = (NOBODY,) if self.world.backups else ()
        workers = (self._idle,) * (self.world.workers + 1)
        return State(tuple(rows), workers, (ABSENT,) * parts, (), tries, backup)

    def rows(self, state: State) -> tuple[Row, ...]:
        """Give what is stored."""
        return tuple(self._rows.things[number] for number in state.rows)

    def told(self, state: State) -> str:
        """Describe what is stored and on the network."""
        parts = [
            f"{row.state.name}, {'nothing due' if row.not_before is None else f'due {row.not_before:+d}'}"
            f"{', on the network' if post != ABSENT else ''}"
            for row, post in zip(self.rows(state), state.posts, strict=True)
        ]
        return "; ".join(parts)

    def broken(self, state: State) -> str:
        """Say what must never be and is; empty where all is well."""
        flying = {flight[0] for flight in state.flights}
        for part, row in enumerate(self.rows(state)):
            there = state.posts[part] != ABSENT
            if row.state is DeliveryState.DELIVERED and not there:
                return "recorded as delivered but absent"
            if row.state is DeliveryState.FAILED and (there or part in flying):
                return "recorded as failed but present, or still to appear"
            if row.state is DeliveryState.WITHDRAWN and (there or part in flying):
                return "recorded as withdrawn but present, or still to appear"
            asked = row.state in {DeliveryState.UNKNOWN, DeliveryState.HELD}
            if row.not_before is None and row.state not in ENDED and not asked:
                return "stranded: nothing is due, and nobody is asked"
            if self._gives_up_early(row):
                return "stranded: before a person, although it may be sent again"
            if self.world.attempts is not None and state.tries[part] > self.world.attempts:
                return "more attempts than allowed"
        return ""

    def _gives_up_early(self, row: Row) -> bool:
        """Tell whether what may rather be there twice waits for a person, with time and attempts left."""
        waits = row.prefers and row.state is DeliveryState.UNKNOWN and row.not_before is None
        most = self.world.bounds.attempts
        return waits and self.world.not_after is None and row.unclear < most and row.risked + 1 < most

    def _may_be_double(self, row: Row) -> bool:
        """Tell whether a second post is what its author chose, and the ledger says that there may be one."""
        return row.prefers and row.risked > 0

    def at_rest(self, state: State) -> bool:
        """Tell whether everything has come to its end, or waits before a person."""
        for row in self.rows(state):
            if row.state in ENDED:
                continue
            if row.stopped and not state.held and not self.world.crashes:
                # The hold is lifted, and nobody has died: it must go on.
                return False
            # The rest of a thread waits for the same person.
            return row.state is DeliveryState.HELD or (row.state is DeliveryState.UNKNOWN and row.not_before is None)
        return True

    def after(self, state: State) -> Iterator[Step]:
        """Give every step that may come next."""
        for step in self._all(state):
            yield step if step.after is state else step._replace(after=self._sorted(step.after))

    def _all(self, state: State) -> Iterator[Step]:
        for worker in range(self.world.workers + 1):
            number = state.workers[worker]
            if number == self._idle:
                yield from self._wake(state, worker) if worker < self.world.workers else self._look(state)
                continue
            yield from self._move(state, worker, self._workers.things[number])
            flights = tuple(
                sorted((part, age, NOBODY if owner == worker else owner) for part, age, owner in state.flights)
            )
            if not self.world.crashes:
                continue
            crashed = self._with_worker(state, worker, None)._replace(flights=flights)
            yield Step(f"{self._name(worker)} dies", crashed, fair=False)
        for flight in dict.fromkeys(state.flights):
            yield self._land(state, flight)
        if (later := self._tick(state)) is not None:
            yield Step("a tick passes", later)
        if state.backup == (NOBODY,):
            yield Step("a backup is made", state._replace(backup=(0, *state.rows)), fair=False)
        elif state.backup:
            yield Step("the backup is restored", self._restored(state), fair=False)

    # Workers

    def _wake(self, state: State, worker: int) -> Iterator[Step]:
        for part, number in enumerate(state.rows):
            row = self._rows.things[number]
            if row.not_before is None:
                continue
            # Anybody may wake it at any time; it is relied upon only where the store lists it as due.
            listed = part == 0 or self._rows.things[state.rows[part - 1]].state in self.world.woken
            if self.world.reduced:
                for step in self._run(state, worker, part, row):
                    yield step._replace(fair=step.fair and listed)
            else:
                woken = self._with_worker(state, worker, Running(part, (("get", row),)))
                yield Step(f"{self._name(worker)} is woken and reads part {part + 1}", woken, fair=listed)

    def _run(self, state: State, worker: int, part: int, row: Row) -> Iterator[Step]:
        """Take a call from its reading of the row to the first step that others can tell."""
        open_: list[tuple[State, Running, str]] = [(state, Running(part, (("get", row),)), f"{self._name(worker)}:")]
        while open_:
            before, doing, said = open_.pop()
            for step in self._move(self._with_worker(before, worker, doing), worker, doing):
                number = step.after.workers[worker]
                following = self._workers.things[number]
                told = f"{said} {step.said.removeprefix(self._name(worker))};"
                request = self._request(number) if isinstance(following, Running) else ("",)
                asked = request[0]
                intends = asked == "replace" and request[3].state is DeliveryState.SENDING
                reads = (
                    intends
                    or asked in {"now", "get"}
                    or (asked in {"elapsed", "facts"} and ("replace", True) not in getattr(following, "answers", ()))
                )
                # What is asked of the network is asked a while after the clock was read.
                if step.broken or not reads:
                    if number != self._idle or step.after.rows != state.rows:
                        yield step._replace(said=told)
                else:
                    assert isinstance(following, Running)
                    open_.append((step.after, following, told))

    def _move(self, state: State, worker: int, doing: Worker) -> Iterator[Step]:
        if isinstance(doing, Deciding):
            yield self._store(state, worker, doing.delivery, doing.version, doing.new)
            return
        if isinstance(doing, Lifting):
            yield from self._let_go(state, worker)
            return
        assert doing is not None
        if doing.awaits:
            return
        request = self._request(state.workers[worker])
        name = self._name(worker)
        match request:
            case ("now",):
                for off in self._offsets(worker):
                    yield self._answered(state, worker, doing, ("now", off), f"{name} reads its clock ({off:+d})")
            case ("elapsed",):
                yield self._answered(
                    state, worker, doing, ("elapsed", 0, 0), f"{name} reads the clock that nobody sets"
                )
            case ("facts",):
                said = f"{name} sees {'a' if state.held else 'no'} hold"
                yield self._answered(state, worker, doing, ("facts", state.held), said)
            case ("get", part):
                answer = ("get", self._rows.things[state.rows[part]])
                yield self._answered(state, worker, doing, answer, f"{name} reads part {part + 1}")
            case ("replace", part, old, new):
                if old.version == 0 or not self.world.compares:
                    kept = self._stored(state, worker, part, new)
                    begun = self._holding(doing._replace(answers=(*doing.answers, ("replace", True))), part, own=True)
                    intends = new.state is DeliveryState.SENDING
                    going_on: Worker = self._lean(begun)
                    if not intends and self._ports.request(begun)[0] == "done":
                        going_on = None
                    yield Step(
                        f"{name} writes down {'the intent' if intends else 'the hold'}",
                        self._with_worker(kept, worker, going_on),
                        # Where steps are taken together, what was read is as it is now.
                        "sent while on hold" if intends and state.held and self.world.reduced else "",
                    )
                else:
                    gone = self._with_worker(state, worker, None)
                    yield Step(f"{name} finds that another was faster", gone)
            case ("upload", part):
                yield self._answered(state, worker, doing, ("upload", "receipt", 1), f"{name} uploads part {part + 1}")
                for said in sorted(self.world.faults & {"refused", "unreachable", "limited"}):
                    yield self._answered(
                        state, worker, doing, ("upload", said, 1), f"{name}'s upload: {said}", fair=False
                    )
            case ("publish", part):
                yield from self._publish(state, worker, doing, part)
            case ("find", part, since):
                yield from self._find(state, worker, doing, part, since)
            case _:
                raise AssertionError(request)

    def _publish(self, state: State, worker: int, doing: Running, part: int) -> Iterator[Step]:
        name = f"{self._name(worker)} sends part {part + 1}"
        until = doing.answers[0][1].not_after
        longest = ticks(moment(0) + self.world.bounds.start_deadline) + self.world.nature.pause
        if until is not None and -until >= longest + self.world.nature.skew:
            yield Step(name, state, "sent after its time")
        # What has been on its way for the longest that it may be lands before time goes on.
        flying = any(at == part and age < self.world.nature.delay for at, age, _ in state.flights)
        if self.world.prefers and flying and self.world.idempotency is not Idempotency.KEY:
            yield Step(name, state, "sent while an earlier request is on its way")
        living = self._living(self._lean(doing._replace(awaits=True)))
        counted = self._tried(state, part)
        waiting = self._with_worker(counted, worker, living)
        flights = tuple(sorted((*state.flights, (part, 0, NOBODY if living is None else worker))))
        yield Step(f"{name} and waits", waiting._replace(flights=flights))
        there = state.posts[part] != ABSENT or self.world.foreign
        for said in sorted(self.world.faults | ({"duplicate"} if there else set())):
            answer = ("publish", said, 1)
            sent = counted if said in {"unclear", "duplicate"} else state
            yield self._answered(
                sent, worker, doing, answer, f"{name}; answer: {said}; it will never appear", fair=False
            )
            if said == "unclear":
                flights = tuple(sorted((*state.flights, (part, 0, NOBODY))))
                carried = counted._replace(flights=flights)
                yield self._answered(
                    carried, worker, doing, answer, f"{name}; answer: {said}; it is under way", fair=False
                )

    def _find(self, state: State, worker: int, doing: Running, part: int, since: int) -> Iterator[Step]:
        name = self._name(worker)
        for said, fair in self._listed(state, part, since, weak=self.world.read_back is ReadBack.WEAK):
            yield self._answered(
                state,
                worker,
                doing,
                ("find", said, 0),
                f"{name} reads the list back: part {part + 1} {said}",
                fair=fair,
            )
        for said in sorted(self.world.faults & {"unreachable", "lost", "limited"}):
            yield self._answered(
                state, worker, doing, ("find", said, 1), f"{name} cannot read the list back: {said}", fair=False
            )

    def _listed(self, state: State, part: int, since: int, *, weak: bool) -> Iterator[tuple[str, bool]]:
        age = state.posts[part]
        shown = age != ABSENT and -age >= max(since, -self._old_post)
        if shown or (self.world.foreign and self.world.text_alone):
            yield "receipt", True
        if not shown or weak or age < self.world.nature.lag:
            yield "absent", not shown

    def _tried(self, state: State, part: int) -> State:
        """Count a request that left, and may have been carried out."""
        if self.world.attempts is None:
            return state
        # One too many is as wrong as any.
        most = self.world.attempts + 1
        return state._replace(tries=tuple(min(tried + (at == part), most) for at, tried in enumerate(state.tries)))

    def _look(self, state: State) -> Iterator[Step]:
        """Let a person hold, lift and withdraw, or look at the network itself and decide what nothing is due for."""
        person = self.world.workers
        if state.held:
            lifted = self._with_worker(state._replace(held=False), person, Lifting())
            yield Step("a person lifts the hold", lifted)
        elif self.world.holds:
            yield Step("a person places a hold", state._replace(held=True), fair=False)
        if self.world.withdraws:
            yield from self._take_back(state, person)
        for part, row in enumerate(self.rows(state)):
            if self.world.person and row.state is DeliveryState.HELD and not row.stopped:
                for off in self._offsets(person):
                    resumed = self._normal(closed(intervention.resume(opened(part, row), now=moment(off))))
                    lifted = self._with_worker(state, person, Deciding(part, 0, resumed))
                    yield Step(f"a person lets part {part + 1} go on", lifted)
            if not self.world.person or row.state is not DeliveryState.UNKNOWN or row.not_before is not None:
                continue
            delivery = opened(part, row)
            for said, fair in self._listed(state, part, -FAR, weak=False):
                found = receipt(part) if said == "receipt" else None
                for off in self._offsets(person):
                    for again in (True,) if found else (True, False):
                        try:
                            decided = intervention.decide(
                                delivery,
                                found,
                                again=again,
                                now=moment(off),
                                limits=self.world.limits,
                                bounds=self.world.bounds,
                            )
                        except IllegalStep:
                            continue
                        doing = Deciding(part, 0, self._normal(closed(decided)))
                        wish = "" if found else ", and wants it sent" if again else ", and gives it up"
                        yield Step(
                            f"a person looks: part {part + 1} {said}{wish}",
                            self._with_worker(state, person, doing),
                            fair=fair,
                        )

    def _take_back(self, state: State, person: int) -> Iterator[Step]:
        for part, row in enumerate(self.rows(state)):
            delivery = opened(part, row)
            if intervention.withdrawable(delivery):
                doing = Deciding(part, 0, self._normal(closed(intervention.withdraw(delivery))))
                yield Step(
                    f"a person wants part {part + 1} withdrawn",
                    self._with_worker(state, person, doing),
                    fair=False,
                )

    def _let_go(self, state: State, person: int) -> Iterator[Step]:
        """Let a person who has lifted the hold find what it kept back."""
        kept_back = [part for part, row in enumerate(self.rows(state)) if row.stopped]
        if not kept_back:
            yield Step("the person finds nothing that was kept back", self._with_worker(state, person, None))
        for part in kept_back:
            for off in self._offsets(person):
                resumed = intervention.resume(opened(part, self.rows(state)[part]), now=moment(off))
                doing = Deciding(part, 0, self._normal(closed(resumed)))
                yield Step(f"the person finds part {part + 1}", self._with_worker(state, person, doing))

    # The network and time

    def _land(self, state: State, flight: tuple[int, int, int]) -> Step:
        part, _, owner = flight
        left = list(state.flights)
        left.remove(flight)
        after = state._replace(flights=tuple(left))
        broken = ""
        age = state.posts[part]
        known = self.world.idempotency is Idempotency.KEY and ABSENT != age < self.world.nature.key_lifetime
        said = f"the network carries out part {part + 1}"
        if known:
            said = f"the network knows the key of part {part + 1}: nothing new is made"
        elif age != ABSENT and not self._may_be_double(self._rows.things[state.rows[part]]):
            broken = "two posts for one delivery"
        elif part and state.posts[part - 1] == ABSENT:
            broken = "a part of a thread before the part that it answers"
        if not known:
            posts = list(after.posts)
            # Of two, the list shows the older.
            posts[part] = max(age, 0)
            after = after._replace(posts=tuple(posts))
        if owner == NOBODY:
            return Step(said, after, broken)
        doing = self._workers.things[state.workers[owner]]
        assert isinstance(doing, Running)
        step = self._answered(after, owner, doing._replace(awaits=False), ("publish", "receipt", 0), said)
        return step._replace(broken=broken or step.broken)

    def _restored(self, state: State) -> State:
        """Put back what is stored; every process is begun anew, and what is on its way stays on its way."""
        age, *rows = state.backup
        if self.world.epoch:
            since, now = moment(-age), moment(0)
            things = [opened(part, self._rows.things[number]) for part, number in enumerate(rows)]
            doubted = [readback.doubt(one, since=since, now=now, bounds=self.world.bounds) for one in things]
            rows = [self._rows.of(self._normal(closed(one))) for one in doubted]
        return state._replace(
            rows=tuple(rows),
            workers=(self._idle,) * len(state.workers),
            flights=tuple(sorted((part, sent, NOBODY) for part, sent, _ in state.flights)),
            # What the store has lost, it does not count.
            tries=(0,) * len(state.tries),
            backup=(),
        )

    def _tick(self, state: State) -> State | None:
        nature = self.world.nature
        if any(age >= nature.delay for _, age, _ in state.flights):
            return None
        for number in state.workers:
            doing = self._workers.things[number]
            if isinstance(doing, Running) and not doing.awaits and self._request(number)[0] == "publish":
                looked = next(answer for answer in reversed(doing.answers) if answer[0] in {"elapsed", "still"})
                if -looked[2] >= nature.pause:
                    return None
        return State(
            tuple(self._older_row(number) for number in state.rows),
            tuple(self._older_worker(number) for number in state.workers),
            tuple(age if age == ABSENT else min(age + 1, self._old_post) for age in state.posts),
            tuple((part, age + 1, owner) for part, age, owner in state.flights),
            state.tries,
            self._older_backup(state.backup),
            state.held,
        )

    def _older_backup(self, backup: tuple[int, ...]) -> tuple[int, ...]:
        if len(backup) < 2:
            return backup
        return (min(backup[0] + 1, -self._long_ago), *(self._older_row(number) for number in backup[1:]))

    def _older_row(self, number: int) -> int:
        if number not in self._older_rows:
            self._older_rows[number] = self._rows.of(self._normal(self._shifted(self._rows.things[number])))
        return self._older_rows[number]

    def _older_worker(self, number: int) -> int:
        if number not in self._older_workers:
            self._older_workers[number] = self._workers.of(self._aged(self._workers.things[number]))
        return self._older_workers[number]

    def _aged(self, doing: Worker) -> Worker:
        if doing is None or isinstance(doing, Lifting):
            return doing
        if isinstance(doing, Deciding):
            return doing._replace(new=self._normal(self._shifted(doing.new)))
        return doing._replace(answers=tuple(self._aged_answer(answer) for answer in doing.answers))

    def _aged_answer(self, answer: tuple[Any, ...]) -> tuple[Any, ...]:
        match answer:
            case ("get", row):
                # What waits for its list keeps twice the time, so that "asked after it was settled" is not lost.
                if row.state is DeliveryState.UNKNOWN:
                    return ("get", self._shifted(row, self._long_ago * 2))
                older = self._shifted(row)
                # What was not too late when it was looked at stays so: the reading of the clock grows as old.
                until = None if older.not_after is None else max(older.not_after, self._long_ago + 1)
                return ("get", older._replace(not_after=until))
            case ("now", at):
                return ("now", max(at - 1, self._long_ago))
            case ("elapsed", at, age):
                stands = self.world.nature.suspends
                return ("elapsed", at if stands else max(at - 1, self._long_ago), max(age - 1, self._long_ago))
            case (("publish" | "find" | "upload") as kind, said, until):
                return (kind, said, max(until - 1, self._long_ago))
            case _:
                return answer

    def _shifted(self, row: Row, long_ago: int | None = None) -> Row:
        least = self._long_ago if long_ago is None else long_ago

        def earlier(at: int | None) -> int | None:
            return None if at is None else max(at - 1, least)

        return row._replace(
            not_before=earlier(row.not_before),
            intent_at=earlier(row.intent_at),
            open_since=earlier(row.open_since),
            lost_since=earlier(row.lost_since),
            not_after=earlier(row.not_after),
        )

    # Keeping the space small: what decides nothing any more is forgotten

    def _normal(self, row: Row) -> Row:
        ever = None if row.intent_at is None else self._long_ago
        if self.world.attempts is None:
            row = row._replace(unclear=0)
        if row.state in ENDED:
            return row._replace(version=0, unclear=0, not_before=None, not_after=None, intent_at=ever)
        known = row.open_since is None and row.lost_since is None
        if row.state in {DeliveryState.PENDING, DeliveryState.HELD} and known:
            return row._replace(version=0, intent_at=ever)
        return row._replace(version=0)

    def _answered(
        self,
        state: State,
        worker: int,
        doing: Running,
        answer: tuple[Any, ...],
        said: str,
        *,
        fair: bool = True,
    ) -> Step:
        doing = Running(doing.delivery, (*doing.answers, answer))
        following = self._followings.get(doing)
        if following is None:
            following = self._followings[doing] = self._following(doing)
        workers = list(state.workers)
        workers[worker] = following[0]
        return Step(said, state._replace(workers=tuple(workers)), following[1], fair)

    def _following(self, doing: Running) -> tuple[int, str]:
        """Play a call on to its next question."""
        try:
            request = self._ports.request(doing)
        except IllegalStep as error:
            return self._idle, f"raised: {error}"
        if request[0] == "done":
            return self._idle, ""
        # After these two the dispatcher goes on; after all others, its step is over.
        goes_on = request[0] == "replace" and (request[3].state is DeliveryState.SENDING or request[3].stopped)
        if request[0] == "replace" and not goes_on:
            return self._workers.of(self._living(self._decided(doing, request))), ""
        return self._workers.of(self._living(self._lean(doing))), ""

    def _living(self, doing: Worker) -> Worker:
        """Give None for a call that can store nothing any more and has nothing left to send."""
        if doing is None or isinstance(doing, Lifting) or not self.world.reduced:
            return doing
        if isinstance(doing, Deciding):
            return None if doing.version else doing
        begun = ("replace", True) in doing.answers
        if doing.answers[0][1].version == (-1 if begun else 0):
            return doing
        sends = begun and not doing.awaits and self._ports.request(doing)[0] in {"elapsed", "publish"}
        return doing if sends else None

    def _decided(self, doing: Running, request: tuple[Any, ...]) -> Deciding:
        """After this one is stored, or not, the call does nothing more; see that it is so."""
        kept = self._ports.request(doing._replace(answers=(*doing.answers, ("replace", True))))
        lost = self._ports.request(doing._replace(answers=(*doing.answers, ("replace", False))))
        assert (kept[0], lost[0]) == ("done", "get"), "the dispatcher does more than the model takes it to do"
        return Deciding(request[1], max(request[2].version, STALE), self._normal(request[3]))

    def _lean(self, doing: Running) -> Running:
        """Forget readings that decide nothing any more, and keep those whose difference has decided."""
        answers = list(doing.answers)
        if len(answers) > 1 and answers[1][0] == "now":
            answers[1] = ("due", FAR)
        looks = [place for place, answer in enumerate(answers) if answer[0] in {"elapsed", "still"}]
        if len(looks) == 2:
            before, looked = looks
            if len(answers) > looked + 1 or doing.awaits:
                answers[looked] = ("still", 0, 0) if answers[before][1] != -FAR else answers[looked]
            elif answers[before][0] == "elapsed":
                if self._ports.request(doing)[0] == "publish":
                    answers[before] = ("still", min(0, answers[looked][1]), 0)
                else:
                    answers[before], answers[looked] = ("still", -FAR, 0), ("still", 0, 0)
        if any(answer == ("replace", True) for answer in answers):
            row = answers[0][1]
            ever = None if row.intent_at is None else self._long_ago
            answers[0] = ("get", row._replace(not_before=self._long_ago, intent_at=ever))
        return doing._replace(answers=tuple(answers))

    def _store(self, state: State, worker: int, part: int, version: int, new: Row) -> Step:
        name = self._name(worker)
        if version != 0:
            gone = self._with_worker(state, worker, None)
            return Step(f"{name} finds that another was faster", gone)
        kept = self._with_worker(self._stored(state, worker, part, new), worker, None)
        if worker == self.world.workers and state.rows[part] != kept.rows[part] and state.tries:
            # A person has decided: it counts anew.
            held = self._rows.things[state.rows[part]].state is DeliveryState.HELD
            if not held:
                kept = kept._replace(tries=tuple(0 if at == part else tried for at, tried in enumerate(kept.tries)))
        return Step(f"{name} writes down part {part + 1}: {new.state.name}", kept)

    def _stored(self, state: State, worker: int, part: int, new: Row) -> State:
        rows = list(state.rows)
        rows[part] = self._rows.of(self._normal(new))
        workers = list(state.workers)
        for other, number in enumerate(workers):
            if other != worker:
                holding = self._holding(self._workers.things[number], part, own=False)
                workers[other] = self._workers.of(self._living(holding))
        flights = tuple(
            sorted((sent, age, owner if workers[owner] != self._idle else NOBODY) for sent, age, owner in state.flights)
        )
        return state._replace(rows=tuple(rows), workers=tuple(workers), flights=flights)

    def _holding(self, doing: Worker, part: int, *, own: bool) -> Any:
        """Make what a worker holds of *part* a version older."""
        if doing is None or isinstance(doing, Lifting) or doing.delivery != part:
            return doing
        if isinstance(doing, Deciding):
            return doing._replace(version=max(doing.version - 1, STALE))
        row = doing.answers[0][1]
        older = row._replace(version=-1 if own else max(row.version - 1, STALE))
        return doing._replace(answers=(("get", older), *doing.answers[1:]))

    def _request(self, number: int) -> tuple[Any, ...]:
        if self._workers.things[number] is None:
            return ("done",)
        doing = self._workers.things[number]
        if number not in self._requests:
            self._requests[number] = self._ports.request(doing) if isinstance(doing, Running) else ("stores",)
        return self._requests[number]

    def _offsets(self, worker: int) -> range:
        skew = self.world.nature.skew
        if self.world.stepping:
            return range(skew + 1)
        return range(skew, skew + 1) if worker == 1 else range(1)

    def _with_worker(self, state: State, worker: int, doing: Worker) -> State:
        workers = list(state.workers)
        workers[worker] = self._workers.of(doing)
        return state._replace(workers=tuple(workers))

    def _sorted(self, state: State) -> State:
        """Give the same name to states that differ in nothing but the workers' names."""
        several = self.world.workers
        if not self._alike or several == 1:
            return state
        order = sorted(range(several), key=state.workers.__getitem__)
        if order == list(range(several)):
            return state
        place = {worker: new for new, worker in enumerate(order)}
        return state._replace(
            workers=(*(state.workers[worker] for worker in order), state.workers[several]),
            flights=tuple(sorted((part, age, place.get(owner, NOBODY)) for part, age, owner in state.flights)),
        )

    def _name(self, worker: int) -> str:
        return "the person" if worker == self.world.workers else f"worker {worker + 1}"
