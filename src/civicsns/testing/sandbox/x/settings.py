"""What can be set about the practice X: how long things take, and how large they may be."""

from __future__ import annotations

from datetime import timedelta

import attrs


@attrs.define(kw_only=True)
class Settings:
    """
    What the network allows. Sizes are in bytes; tests lower them to stay small.

    Attributes:
        duplicates: For how long an account's own text is refused again. X does not say; a day is on the safe side.
        processing: How long a film or an animation is worked on after it was uploaded.
        media_life: How long uploaded media can be attached (X documentation, media upload).
        image_bytes: The largest image.
        gif_bytes: The largest animation.
        video_bytes: The largest film.
        chunk_bytes: The largest piece; X documents more, but answers larger ones with 413.
        visibility_lag: How many reads do not show a new post yet.
    """

    duplicates: timedelta = timedelta(hours=24)
    processing: timedelta = timedelta(seconds=2)
    media_life: timedelta = timedelta(hours=24)
    image_bytes: int = 5 * 1024 * 1024
    gif_bytes: int = 15 * 1024 * 1024
    video_bytes: int = 512 * 1024 * 1024
    chunk_bytes: int = 2 * 1024 * 1024
    visibility_lag: int = 0
