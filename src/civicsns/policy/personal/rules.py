"""The rules that a person has set, and when they stop a post."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from civicsns.language import Bilingual
from civicsns.model import Lane
from civicsns.policy.calendars import CalendarFile, Unread
from civicsns.policy.personal.said import Own, Said, Shut
from civicsns.policy.shifts import Hours
from civicsns.text.folding import fold, folded_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from civicsns.model import Draft
    from civicsns.policy.calendars import Event
    from civicsns.policy.personal.clocks import Clocks

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
_SHOUTING: Final = re.compile(r"[!！‼❗❕⁉]{2}|[‼]")
_ADDRESSED: Final = re.compile(r"\s*[@＠](\w{1,30})", re.ASCII)


class PersonalRules(Shut):
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


def _answered(draft: Draft) -> str | None:
    """Give what a draft answers: a post, or the account that it is addressed to."""
    for target in (draft.reply_to, draft.quote):
        if target is not None:
            return f"{target.platform} {target.id}"
    addressed = next((found for text in _texts(draft) if (found := _ADDRESSED.match(text))), None)
    return addressed[1].lower() if addressed else None


def _texts(draft: Draft) -> Sequence[str]:
    return [draft.text, *draft.variants.values()]
