"""What health is told in: levels, symptoms, and all of them together."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.heartbeat import Heartbeat
    from civicsns.language import Bilingual
    from civicsns.model.condition import Condition


class Level(IntEnum):
    """How bad it is; the exit status of `civicsns health`."""

    GOOD = 0
    #: Somebody should look when there is time.
    ATTENTION = 1
    #: Posts do not go out, or may not.
    BAD = 2


@attrs.frozen(kw_only=True)
class Symptom:
    """
    One thing that is not as it should be, or worth knowing.

    Attributes:
        level: How bad it is; GOOD for what is only worth knowing.
        code: What it is, for monitoring; never changes its meaning.
        what: What it is.
        mend: What to do next.
        count: How many deliveries, accounts or processes it is about.
        subjects: Their ids; some of them, where there are many.
        since: Since when, where that is known.
        until: Until when, where it will end by itself.
    """

    level: Level
    code: str
    what: Bilingual
    mend: Bilingual
    count: int = 1
    subjects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "level": self.level.name.lower(),
            "code": self.code,
            "what": {"ja": self.what.ja, "en": self.what.en},
            "mend": {"ja": self.mend.ja, "en": self.mend.en},
            "count": self.count,
            "subjects": list(self.subjects),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }


@attrs.frozen(kw_only=True)
class Health:
    """
    How the programme is.

    Attributes:
        at: When it was looked at.
        workers: The processes that deliver, alive or silent.
        symptoms: What is not as it should be, the worst first.
        condition: How the database is, where the store can say.
    """

    at: datetime
    workers: tuple[Heartbeat, ...]
    symptoms: tuple[Symptom, ...]
    condition: Condition | None = None

    @property
    def level(self) -> Level:
        """How bad the worst of it is."""
        return max((symptom.level for symptom in self.symptoms), default=Level.GOOD)

    def as_dict(self) -> dict[str, Any]:
        """Give it for JSON, for a monitoring system."""
        return {
            "at": self.at.isoformat(),
            "level": self.level.name.lower(),
            "symptoms": [symptom.as_dict() for symptom in self.symptoms],
            "workers": [
                {
                    "host": worker.host,
                    "pid": worker.pid,
                    "version": worker.version,
                    "engine": worker.engine,
                    "since": worker.since.isoformat(),
                    "at": worker.at.isoformat(),
                    "ahead": worker.ahead,
                    "doing": list(worker.doing),
                    "keys": list(worker.keys),
                    "trouble": worker.trouble,
                }
                for worker in self.workers
            ],
            "store": self.condition
            and {
                "place": self.condition.place,
                "schema": self.condition.schema,
                "size": self.condition.size,
                "media": self.condition.media,
                "free": self.condition.free,
            },
        }
