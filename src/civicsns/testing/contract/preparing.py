"""What the kit asks of `prepare`: pure, complete, and refusing what the network cannot carry."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from civicsns.errors import BadInput, TextTooLong, Unsupported
from civicsns.model import MediaKind, Poll, PostRef, ReplySettings
from civicsns.testing.contract.steps import OTHER_TEXT, TEXT, refused, succeeded
from civicsns.text import measure

if TYPE_CHECKING:
    from civicsns.model import Media
    from civicsns.testing.contract.bench import ContractBench


class PreparingChecks:
    """`Adapter.prepare` and `Adapter.limits`."""

    def test_prepare_is_pure(self, bench: ContractBench) -> None:
        """
        One draft gives one rendition, however often it is prepared, and no byte goes to the network.
        """
        before = bench.network.calls
        draft = bench.draft(TEXT, media=_pictures(bench, min(bench.adapter.limits.media.images, 1)))
        first = succeeded(bench, lambda: bench.adapter.prepare(draft, bench.account))
        second = succeeded(bench, lambda: bench.adapter.prepare(draft, bench.account))

        assert first.digest == second.digest
        assert before == bench.network.calls, "prepare called the network."
        assert (bench.adapter.platform, bench.account.id) == (first.platform, first.account)
        assert () == first.uploads, "prepare cannot know an upload: nothing was sent yet."

    def test_prepare_takes_the_text_that_is_meant_for_the_network(self, bench: ContractBench) -> None:
        """
        A variant for this platform replaces the text; one for another platform does not.
        """
        ours = bench.draft(TEXT, variants={bench.adapter.platform: OTHER_TEXT})
        others = bench.draft(TEXT, variants={"some-other-network": OTHER_TEXT})

        assert OTHER_TEXT in bench.adapter.prepare(ours, bench.account).text
        assert TEXT in bench.adapter.prepare(others, bench.account).text

    def test_prepare_takes_the_longest_text_and_refuses_one_more(self, bench: ContractBench) -> None:
        """
        `limits.text` is exact: a text of that length passes whole, the next longer one is `TextTooLong`.
        """
        limit = bench.adapter.limits.text
        each = measure("あ", limit.measure)
        longest = "あ" * (limit.maximum // each) + "a" * (limit.maximum % each)
        if measure(longest, limit.measure) != limit.maximum:
            longest = "あ" * (limit.maximum // each)
        rendition = succeeded(bench, lambda: bench.adapter.prepare(bench.draft(longest), bench.account))
        error = refused(bench, lambda: bench.adapter.prepare(bench.draft(longest + "ああ"), bench.account))

        assert longest in rendition.text
        assert isinstance(error, TextTooLong), f"A text that is too long must be TextTooLong, not {error!r}"

    def test_prepare_never_drops_an_alt_text(self, bench: ContractBench) -> None:
        """
        A picture's alt text is part of the rendition; one that is longer than `limits.media.alt_text` is refused.
        """
        if not bench.adapter.limits.media.images:
            self.test_prepare_refuses_too_many_pictures(bench)
            return
        picture = bench.picture
        longest = "あ" * bench.adapter.limits.media.alt_text
        plain = self._prepared(bench, media=(attrs.evolve(picture, alt_text=None),))
        described = self._prepared(bench, media=(attrs.evolve(picture, alt_text=longest),))
        too_long = bench.draft(TEXT, media=(attrs.evolve(picture, alt_text=f"{longest}あ"),))
        error = refused(bench, lambda: bench.adapter.prepare(too_long, bench.account))

        assert plain.digest != described.digest, "The alt text makes no difference to the rendition: it is dropped."
        assert isinstance(error, BadInput), f"An alt text that is too long must be refused, not {error!r}"

    def test_prepare_refuses_too_many_pictures(self, bench: ContractBench) -> None:
        """
        As many pictures as `limits.media.images` pass, one more does not.
        """
        most = bench.adapter.limits.media.images
        if most:
            rendition = self._prepared(bench, media=_pictures(bench, most))
            assert most == len(rendition.media), "Pictures are missing from Rendition.media."
        error = refused(
            bench, lambda: bench.adapter.prepare(bench.draft(TEXT, media=_pictures(bench, most + 1)), bench.account)
        )

        assert isinstance(error, BadInput), f"Too many pictures must be refused, not {error!r}"

    def test_prepare_refuses_a_file_that_is_too_large(self, bench: ContractBench) -> None:
        """
        One byte more than `limits.media.bytes_` is refused before anything is sent.
        """
        limits = bench.adapter.limits.media
        if not limits.images:
            self.test_prepare_refuses_too_many_pictures(bench)
            return
        padding = limits.bytes_[MediaKind.IMAGE] + 1 - len(bench.picture.content)
        large = attrs.evolve(bench.picture, content=bench.picture.content + bytes(padding))
        error = refused(bench, lambda: bench.adapter.prepare(bench.draft(TEXT, media=(large,)), bench.account))

        assert isinstance(error, BadInput), f"A file that is too large must be refused, not {error!r}"

    @pytest.mark.parametrize("part", ["reply_to", "quote", "poll", "reply_settings", "link"])
    def test_prepare_carries_a_part_or_refuses_it(self, bench: ContractBench, part: str) -> None:
        """
        What `limits` say can be carried changes the rendition; what they deny is `Unsupported`. Nothing is dropped.
        """
        limits = bench.adapter.limits
        post = PostRef(platform=bench.adapter.platform, id="1111111111111111111")
        value, carried = {
            "reply_to": (post, limits.replies),
            "quote": (post, limits.quotes),
            "poll": (Poll(options=("はい", "いいえ"), minutes=60), limits.polls),
            "reply_settings": (ReplySettings.MENTIONED, limits.reply_settings),
            # Where a link is no part of the post, it may stand in the text.
            "link": ("https://www.example.lg.jp/library", True),
        }[part]
        draft = bench.draft(TEXT, **{part: value})
        if carried:
            rendition = succeeded(bench, lambda: bench.adapter.prepare(draft, bench.account))
            assert self._prepared(bench).digest != rendition.digest, f"{part} makes no difference: it is dropped."
        else:
            error = refused(bench, lambda: bench.adapter.prepare(draft, bench.account))
            assert isinstance(error, Unsupported), f"{part} must be Unsupported, not {error!r}"

    def test_prepare_knows_when_the_network_can_publish(self, bench: ContractBench) -> None:
        """
        A time within `limits.schedule` is carried, one outside is refused; without `limits.schedule`, every time is.
        """
        schedule = bench.adapter.limits.schedule
        now = bench.now()
        if schedule is None:
            draft = bench.draft(TEXT, publish_at=now + timedelta(hours=1))
            error = refused(bench, lambda: bench.adapter.prepare(draft, bench.account))
            assert isinstance(error, Unsupported), f"A publishing time must be Unsupported, not {error!r}"
            return
        middle = now + (schedule.soonest + schedule.latest) / 2
        carried = self._prepared(bench, publish_at=middle)
        for moment in (now, now + schedule.latest + timedelta(hours=1)):
            draft = bench.draft(TEXT, publish_at=moment)
            error = refused(bench, lambda draft=draft: bench.adapter.prepare(draft, bench.account))  # type: ignore[misc]
            assert isinstance(error, BadInput), f"{moment} lies outside limits.schedule: {error!r}"
        assert self._prepared(bench).digest != carried.digest, "The publishing time is dropped."

    def test_prepare_keeps_extra_fields_or_refuses_them(self, bench: ContractBench) -> None:
        """
        `Draft.extra` for this network rides along or is refused; that for another network changes nothing.
        """
        others = bench.draft(TEXT, extra={"some-other-network": {"mystery": "1"}})
        draft = bench.draft(TEXT, extra={bench.adapter.platform: {"civicsns_mystery": "1"}})
        plain = self._prepared(bench)
        try:
            rendition = bench.adapter.prepare(draft, bench.account)
        except BadInput:
            rendition = None

        assert plain.digest == bench.adapter.prepare(others, bench.account).digest
        assert rendition is None or rendition.digest != plain.digest, "An extra field is dropped."

    @staticmethod
    def _prepared(bench: ContractBench, **parts: Any) -> Any:
        return succeeded(bench, lambda: bench.adapter.prepare(bench.draft(TEXT, **parts), bench.account))


def _pictures(bench: ContractBench, count: int) -> tuple[Media, ...]:
    """Give *count* pictures that differ."""
    # Bytes after the end of a PNG belong to no chunk; readers leave them alone.
    return tuple(
        attrs.evolve(bench.picture, content=bench.picture.content + bytes([number]), alt_text=f"画像{number}")
        for number in range(count)
    )
