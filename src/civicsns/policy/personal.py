"""
A person's own rules 自分の決まり: quiet hours, evenings with drink, a cool-off before answering in anger, words to stop at.

They belong to that person, and are that person's business alone. They are read from a file of the person's own, are no
part of a verdict, of a record, of a log or of a metric, and what they say is shown where that person reads it, and
nowhere else. So the values here are shut: they have no `repr` that tells, refuse to be pickled or copied, and no error
raised here quotes the file.

What they stop, they stop until the person says otherwise. They never stop an emergency.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import stat
import tomllib
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from zoneinfo import ZoneInfo

from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Lane
from civicsns.policy.calendars import CalendarFile, Unread
from civicsns.policy.shifts import Hours
from civicsns.text.folding import fold, folded_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from civicsns.model import Draft
    from civicsns.policy.calendars import Event

#: How events of a private calendar are called after which a person may have drunk.
DRINKING: Final = (
    "飲み会",
    "呑み会",
    "懇親会",
    "宴会",
    "忘年会",
    "新年会",
    "歓送迎会",
    "二次会",
    "居酒屋",
    "drinks",
    "pub",
)
#: Words in which people are angry.
ANGER: Final = (
    "ふざけるな",
    "いい加減にしろ",
    "黙れ",
    "許さない",
    "馬鹿",
    "バカ",
    "クソ",
    "うるさい",
    "頭にくる",
    "最低",
)
#: When the evening begins that is noted for a day, without hours.
_EVENING: Final = time(18)
#: How long the beginning of a cool-off is kept.
_FORGOTTEN: Final = timedelta(days=7)
#: The largest file of rules, in bytes.
_LARGEST: Final = 100_000
_SHOUTING: Final = re.compile(r"[!！‼❗❕⁉]{2}|[‼]")
_ADDRESSED: Final = re.compile(r"\s*[@＠](\w{1,30})", re.ASCII)
_KEYS: Final = {
    "timezone": str,
    "quiet_hours": list,
    "calendar": str,
    "drinking": list,
    "sober_at": time,
    "cool_off_minutes": int,
    "anger": list,
    "stop_at": list,
}

#: What a person's file looks like; `civicsns mine init` writes it.
TEMPLATE: Final = """\
# 自分の決まり。あなただけのファイルです。市の設定・記録・ログには入りません。
# Your own rules. This file is yours alone: nothing of it reaches the city's settings, records or logs.

# この時間は投稿しない / No posts in these hours.
#quiet_hours = ["22:00-06:00"]

# 私用の予定表。飲み会の予定の後は、翌朝のこの時刻まで投稿しない
# A private calendar: after an evening with drink, no posts until this time of the morning.
#calendar = "~/private.ics"
#drinking = ["飲み会", "懇親会"]
#sober_at = 06:00:00

# 怒って返信するときは、この分数だけ待つ / Before answering in anger, wait so many minutes.
#cool_off_minutes = 15
#anger = ["ふざけるな"]

# この言葉を書いたら止める / Stop me at these words.
#stop_at = ["課長"]
"""


class Own(StrEnum):
    """Which of a person's own rules spoke."""

    QUIET_HOURS = "quiet_hours"
    DRINKING = "drinking"
    COOL_OFF = "cool_off"
    WORD = "word"
    #: A calendar could not be read; that stops nothing.
    UNREAD = "unread"


class _Shut:
    """A value that tells nothing of itself to whoever prints, pickles, copies or logs it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        msg = f"{type(self).__name__} is a person's own business, and is not copied"
        raise TypeError(msg)


class Said(_Shut):
    """
    What a person's own rule says, to that person.

    Attributes:
        own: Which rule.
        stops: Whether it stops the post, until the person says otherwise.
        until: When it ends by itself; None where it does not.
    """

    __slots__ = ("_words", "own", "stops", "until")

    def __init__(self, own: Own, words: Bilingual, *, stops: bool = True, until: datetime | None = None) -> None:
        self.own = own
        self.stops = stops
        self.until = until
        self._words = words

    def tell(self) -> Bilingual:
        """Give the words, for the person's own eyes: never to be kept, logged or sent anywhere."""
        return self._words


class PersonalRules(_Shut):
    """
    The rules that one person has set for himself or herself.

    Make them with `read` from the person's own file, or with `parse` from a text that the person's own device holds.
    """

    __slots__ = ("_calendar", "_clocks", "_table", "_zone")

    def __init__(self, table: Mapping[str, Any], *, home: Path, clocks: Clocks, zone: tzinfo) -> None:
        own_zone = table.get("timezone")
        self._zone = ZoneInfo(own_zone) if own_zone else zone
        self._table = dict(table)
        self._clocks = clocks
        calendar = table.get("calendar")
        self._calendar = CalendarFile(home / Path(calendar).expanduser(), zone=self._zone) if calendar else None

    def check(self, draft: Draft, *, now: datetime) -> tuple[Said, ...]:
        """
        Say what stops the person from posting *draft* at this moment.

        It is the moment of posting that counts, not the one for which a post is planned. The first check of an angry
        answer starts the clock of its cool-off. An emergency is stopped by nothing.

        Args:
            draft: What the person is about to post.
            now: The moment.
        """
        if draft.lane is Lane.EMERGENCY:
            return ()
        here = now.astimezone(self._zone)
        return tuple(said for look in (self._quiet, self._drinking) for said in look(here)) + tuple(
            said for one in (self._cooling(draft, here), self._words(draft)) for said in one
        )

    def _quiet(self, now: datetime) -> Iterator[Said]:
        for written in self._table.get("quiet_hours", ()):
            if now in Hours.of(written):
                yield Said(
                    Own.QUIET_HOURS,
                    Bilingual(
                        f"今は、投稿しないと決めた時間です（{written}）。",
                        f"These are the hours in which you do not post ({written}).",
                    ),
                )

    def _drinking(self, now: datetime) -> Iterator[Said]:
        if self._calendar is None:
            return
        sober_at = self._table.get("sober_at", time(6))
        try:
            days = [now.date() - timedelta(days=1), now.date()]
            evenings = {event for day in days for event in self._calendar.on(day) if self._drinks(event)}
        except Unread as unread:
            yield Said(
                Own.UNREAD,
                Bilingual(
                    f"あなたの予定表を確かめられません: {unread.reason.ja}",
                    f"Your calendar could not be looked at: {unread.reason.en}",
                ),
                stops=False,
            )
            return
        for event in evenings:
            begin, end = event.begin, event.end
            if event.whole_days:
                begin = datetime.combine(event.begin.date(), _EVENING, now.tzinfo)
                end = datetime.combine((event.end - timedelta(days=1)).date(), _EVENING, now.tzinfo)
            until = datetime.combine(end.date(), sober_at, now.tzinfo)
            if until <= end:
                until += timedelta(days=1)
            if begin <= now < until:
                yield Said(
                    Own.DRINKING,
                    Bilingual(
                        f"「{event.summary}」の後は、{until:%H:%M} まで投稿しないと決めています。",
                        f"After {event.summary!r} you do not post until {until:%H:%M}.",
                    ),
                    until=until,
                )

    def _drinks(self, event: Event) -> bool:
        noted = fold(" ".join((event.summary, *event.categories))).view
        return any(folded_term(word) in noted for word in self._table.get("drinking", DRINKING))

    def _cooling(self, draft: Draft, now: datetime) -> Iterator[Said]:
        minutes = self._table.get("cool_off_minutes")
        answered = _answered(draft)
        if not minutes or answered is None or not self._angry(draft):
            return
        until = self._clocks.since(answered, now) + timedelta(minutes=minutes)
        if now < until:
            yield Said(
                Own.COOL_OFF,
                Bilingual(
                    f"怒って返信するときは {minutes} 分待つと決めています。{until.astimezone(self._zone):%H:%M} まで待ちましょう。",
                    f"Before answering in anger you wait {minutes} minutes: until {until.astimezone(self._zone):%H:%M}.",
                ),
                until=until,
            )

    def _angry(self, draft: Draft) -> bool:
        words = self._table.get("anger", ANGER)
        return any(
            _SHOUTING.search(text) is not None or any(folded_term(word) in fold(text).view for word in words)
            for text in _texts(draft)
        )

    def _words(self, draft: Draft) -> Iterator[Said]:
        views = [fold(text).view for text in _texts(draft)]
        for word in self._table.get("stop_at", ()):
            if any(folded_term(word) in view for view in views):
                yield Said(
                    Own.WORD,
                    Bilingual(
                        f"「{word}」と書いたら止まると決めています。", f"You stop where you have written {word!r}."
                    ),
                )


class Clocks(_Shut):
    """
    When cool-offs began, in a file beside the person's rules.

    What was answered stands there in a form that only this file's own key can be compared with: neither handle nor text.

    Args:
        path: The file; None to remember nothing beyond this process.
    """

    __slots__ = ("_held", "_path")

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, Any] = {}

    def since(self, answered: str, now: datetime) -> datetime:
        """Give when the cool-off before answering *answered* began: at this moment, where it has not begun yet."""
        held = self._read()
        key = held.get("key")
        if not isinstance(key, str):
            key = os.urandom(32).hex()
        mark = hmac.digest(key.encode(), answered.encode("utf-8", "surrogatepass"), "sha256").hex()
        begun = {name: when for name, when in _moments(held.get("begun")).items() if now - when < _FORGOTTEN}
        # A clock that was put back must not lengthen the wait.
        if mark not in begun or begun[mark] > now:
            begun[mark] = now
            self._write({"key": key, "begun": {name: when.isoformat() for name, when in begun.items()}})
        return begun[mark]

    def _read(self) -> dict[str, Any]:
        if self._path is None:
            return self._held
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}

    def _write(self, held: dict[str, Any]) -> None:
        self._held = held
        if self._path is None:
            return
        try:
            # Replaced whole, and never readable by others, not even for a moment.
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(held, file)
            new.replace(self._path)
        except OSError:
            # Whoever cannot keep a clock waits from check to check.
            return


def parse(text: str, *, zone: tzinfo, home: Path | None = None, clocks: Path | None = None) -> PersonalRules:
    """
    Make a person's rules from the text of the file.

    Args:
        text: TOML, as in `TEMPLATE`.
        zone: The zone of the person's hours, where the text names none.
        home: What the calendar's path is relative to.
        clocks: Where beginnings of cool-offs are kept.

    Raises:
        ConfigurationError: If it is wrong; it names the key and quotes nothing.
    """
    made = _parsed(text, zone=zone, home=home or Path(), clocks=clocks)
    # Some reports of errors show what the variables of a function held.
    del text
    if isinstance(made, Bilingual):
        raise _refused(made)
    return made


def read(path: Path, *, zone: tzinfo) -> PersonalRules | None:
    """
    Read a person's own file; None where there is none.

    Args:
        path: The file; it must belong to whoever runs this, and be readable by nobody else.
        zone: The zone of the person's hours, where the file names none.

    Raises:
        ConfigurationError: If it is readable by others, cannot be read, or is wrong; it quotes nothing.
    """
    text, wrong = _own_text(path)
    if wrong is not None:
        raise _refused(wrong)
    if text is None:
        return None
    clocks = path.with_name(f"{path.stem}.clocks.json")
    made = _parsed(text, zone=zone, home=path.parent, clocks=clocks)
    del text
    if isinstance(made, Bilingual):
        raise _refused(made)
    return made


def create(path: Path) -> bool:
    """
    Write a file with all rules commented out, readable by its owner alone; False where there is one already.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    failed = False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        return False
    except OSError:
        failed = True
    if failed:
        raise _refused(Bilingual("ファイルを作れません。", "The file cannot be made."))
    return True


def _own_text(path: Path) -> tuple[str | None, Bilingual | None]:
    """Give the text of a person's own file, or why it is not read; neither where there is none."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077):
                return None, Bilingual(
                    "ほかの人も読めるか、ほかの人のファイルです（chmod 600 で自分だけにしてください）。",
                    "Others can read it, or it is not yours (chmod 600 makes it yours alone).",
                )
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None, None
    except OSError:
        return None, Bilingual("読めません。", "It cannot be read.")
    if len(content) > _LARGEST:
        return None, Bilingual("大きすぎます。", "It is too large.")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, Bilingual("UTF-8 ではありません。", "It is not UTF-8.")


def _parsed(text: str, *, zone: tzinfo, home: Path, clocks: Path | None) -> PersonalRules | Bilingual:
    """Give the rules, or what is wrong; raised by the caller, since an error in the chain would quote the text."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Bilingual("TOML として読めません。", "It is no TOML.")
    return _wrong(table) or PersonalRules(table, home=home, clocks=Clocks(clocks), zone=zone)


def _wrong(table: Mapping[str, Any]) -> Bilingual | None:
    for key, value in table.items():
        kind = _KEYS.get(key)
        if kind is None:
            return Bilingual(
                f"知らない項目があります。使えるのは {'、'.join(_KEYS)} です。",
                f"It has an unknown key; there are {', '.join(_KEYS)}.",
            )
        texts = not isinstance(value, list) or all(isinstance(one, str) and one for one in value)
        if type(value) is not kind or not texts:
            return Bilingual(f"{key} の値が正しくありません。", f"The value of {key} is wrong.")
    try:
        for written in table.get("quiet_hours", ()):
            Hours.of(written)
        if "timezone" in table:
            ZoneInfo(table["timezone"])
    except (BadInput, KeyError, ValueError, OSError):
        return Bilingual("時間帯の書き方が正しくありません。", "Hours or the time zone are wrong.")
    return None


def _refused(what: Bilingual) -> ConfigurationError:
    return ConfigurationError(
        Bilingual(f"自分の決まりのファイル: {what.ja}", f"Your own rules: {what.en}"),
        mend=Bilingual("civicsns mine show で場所を確かめてください。", "civicsns mine show tells where it is."),
        place="civicsns mine",
    )


def _answered(draft: Draft) -> str | None:
    """Give what a draft answers: a post, or the account that it is addressed to."""
    for target in (draft.reply_to, draft.quote):
        if target is not None:
            return f"{target.platform} {target.id}"
    addressed = next((found for text in _texts(draft) if (found := _ADDRESSED.match(text))), None)
    return addressed[1].lower() if addressed else None


def _texts(draft: Draft) -> Sequence[str]:
    return [draft.text, *draft.variants.values()]


def _moments(given: object) -> dict[str, datetime]:
    """Give the beginnings of a file that may have been changed by hand."""
    read: dict[str, datetime] = {}
    for name, written in (given if isinstance(given, dict) else dict[str, object]()).items():
        try:
            when = datetime.fromisoformat(str(written))
        except ValueError:
            continue
        if when.tzinfo is not None:
            read[str(name)] = when
    return read


def stopping(said: Iterable[Said]) -> tuple[Said, ...]:
    """Give those that stop a post."""
    return tuple(one for one in said if one.stops)
