"""Looks for planted secrets wherever a program, a log reader or an error tracker could see them."""

from __future__ import annotations

import contextlib
import logging
import pickle
import traceback
import warnings
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

#: Shorter strings turn up by chance.
_SHORTEST = 6


class Watch:
    """
    Collects what became visible, and finds secrets in it.

    Args:
        secrets: What must not be seen, as it is or percent-encoded.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = {
            form: secret
            for secret in secrets
            if len(secret) >= _SHORTEST
            for form in (secret, quote(secret, safe=""), quote_plus(secret))
        }
        self._seen: list[tuple[str, str]] = []

    def look(self, where: str, text: str) -> None:
        """Take note of *text*, which became visible *where*."""
        self._seen.append((where, text))

    def look_at_error(self, error: BaseException) -> None:
        """Take note of all that *error* shows: as a traceback, to a debugger, in a pickle, with all it came from."""
        self.look("the traceback", "".join(traceback.format_exception(error)))
        for one in _chain(error):
            self.look(f"str of {type(one).__name__}", str(one))
            self.look(f"repr of {type(one).__name__}", repr(one))
            self.look(f"the attributes of {type(one).__name__}", repr(vars(one)))
            self.look(f"the arguments of {type(one).__name__}", repr(one.args))
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):
            self.look("the pickled error", pickle.dumps(error).decode("latin-1"))

    @property
    def leaks(self) -> list[str]:
        """Where secrets were seen; without the secrets."""
        return sorted({where for where, text in self._seen for form in self._forms if form in text})


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give *error* and whatever it was raised from, also where `from None` keeps that out of the traceback."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


class _Collector(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.DEBUG)
        self._watch = watch
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        where = f"the log {record.name}"
        self._watch.look(where, self.format(record))
        self._watch.look(where, repr(vars(record)))


@contextlib.contextmanager
def watching(secrets: Iterable[str]) -> Generator[Watch]:
    """
    Watch the logs of all levels and the warnings while the block runs.

    Raises:
        AssertionError: If a secret was seen.
    """
    watch = Watch(secrets)
    root = logging.getLogger()
    level, collector = root.level, _Collector(watch)
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield watch
    finally:
        root.setLevel(level)
        root.removeHandler(collector)
    for one in warned:
        watch.look("a warning", str(one.message))
    if watch.leaks:
        msg = f"A token or secret can be read in: {', '.join(watch.leaks)}."
        raise AssertionError(msg)
    for one in warned:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
