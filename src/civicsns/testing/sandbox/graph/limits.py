"""What the practice Facebook carries at most; each figure can be set, as Meta changes them without notice."""

from __future__ import annotations

from datetime import timedelta

import attrs


@attrs.frozen(kw_only=True)
class GraphLimits:
    """
    The limits in force.

    Attributes:
        text: Characters of a message. 63,206 is consensus, not documented.
        photo_bytes: Bytes of a photo: "less than 10 MB" (Graph API reference, Page Photos).
        video_bytes: Bytes of a film sent in one request: 1 GB (Graph API reference, Video API).
        chunk_bytes: Bytes of one part of a resumable upload that the network asks for at a time.
        schedule_from: The nearest time for which a post can be scheduled (Pages API, Posts).
        schedule_to: The furthest; documents disagree between 30 days and 6 months.
        duplicate_window: How long the same text may not be posted twice running; not documented.
        ranked: How many posts of a year the lists show: about 600, ranked (Graph API reference, Page Feed).
        page_calls: Calls of a Page in a rolling day: 4,800 for each engaged user (Graph API, Rate Limits).
        app_calls: Calls of an app in a rolling hour: 200 for each user (same).
        code_lifetime: How long the code of the login can be exchanged; not documented.
        upload_lifetime: How long a resumable upload can be continued; not documented.
        video_processing: How long the network converts a film before it can be seen.
    """

    text: int = 63_206
    photo_bytes: int = 10 * 1024 * 1024
    video_bytes: int = 1024 * 1024 * 1024
    chunk_bytes: int = 1024 * 1024
    schedule_from: timedelta = timedelta(minutes=10)
    schedule_to: timedelta = timedelta(days=30)
    duplicate_window: timedelta = timedelta(minutes=10)
    ranked: int = 600
    page_calls: int = 4_800
    app_calls: int = 200
    code_lifetime: timedelta = timedelta(minutes=10)
    upload_lifetime: timedelta = timedelta(hours=24)
    video_processing: timedelta = timedelta(0)
