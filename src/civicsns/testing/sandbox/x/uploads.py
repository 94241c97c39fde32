"""Media on the practice X: what was uploaded, how far it is, and what the bytes really are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from datetime import datetime


@attrs.define(kw_only=True)
class Upload:
    """
    One file on its way, or there.

    Attributes:
        id: The media id.
        user_id: Who uploads it.
        owners: Further users who may attach it.
        category: Such as `tweet_image`.
        media_type: Such as `image/png`.
        total_bytes: How large it will be.
        expires_at: Until when it can be attached.
        segments: The pieces so far, by index.
        content: The whole file; None until it is finalized.
        ready_at: From when it is processed.
        begun_at: When it was finalized.
        broken: Whether processing will fail.
        alt_text: What it shows, for those who cannot see it.
    """

    id: str
    user_id: str
    category: str
    media_type: str
    total_bytes: int
    expires_at: datetime
    owners: tuple[str, ...] = ()
    segments: dict[int, bytes] = attrs.field(factory=dict, repr=False)
    content: bytes | None = attrs.field(default=None, repr=False)
    begun_at: datetime | None = None
    ready_at: datetime | None = None
    broken: bool = False
    alt_text: str = ""

    @property
    def key(self) -> str:
        """The media key, as reading calls show it: the kind of media, then the id."""
        kinds = {"tweet_gif": "16", "dm_gif": "16", "tweet_video": "7", "dm_video": "7", "amplify_video": "13"}
        return f"{kinds.get(self.category, '3')}_{self.id}"

    @property
    def kind(self) -> str:
        """`photo`, `animated_gif` or `video`, as `media.fields=type` has it."""
        return {"3": "photo", "16": "animated_gif"}.get(self.key.partition("_")[0], "video")

    def state(self, now: datetime) -> str:
        """Tell how far the file is: `uploading`, `pending`, `in_progress`, `succeeded` or `failed`."""
        if self.content is None or self.begun_at is None or self.ready_at is None:
            return "uploading"
        if now < self.begun_at + (self.ready_at - self.begun_at) / 4:
            return "pending"
        if now < self.ready_at:
            return "in_progress"
        return "failed" if self.broken else "succeeded"
