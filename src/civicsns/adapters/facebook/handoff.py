"""
A post that a person shares by hand, for personal profiles.

Facebook closed profiles to posting by programs on 2018-08-01 (removal of `publish_actions`,
https://developers.facebook.com/blog/post/2018/04/24/new-facebook-platform-product-changes-policy-updates/).
A staff member who is to speak on the own profile therefore shares by hand; civicsns prepares the words and the link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from civicsns.language import Bilingual
from civicsns.model import Handoff

if TYPE_CHECKING:
    from civicsns.model import Account, Draft

_SHARER: Final = "https://www.facebook.com/sharer/sharer.php"
_HOME: Final = "https://www.facebook.com/"


def handoff(draft: Draft, account: Account) -> Handoff:
    """
    Prepare *draft* for sharing by hand from *account*; pure, nothing is sent.

    Facebook lets no program fill in a person's words, so the text is pasted; only the link is filled in
    (https://developers.facebook.com/docs/sharing/reference/share-dialog).
    """
    who = account.handle or account.id
    files = "、".join(item.name for item in draft.media)
    names = ", ".join(item.name for item in draft.media)
    steps_ja = [
        f"{who} 本人が Facebook にログインし、次のページを開きます。",
        "文面を貼り付けます。",
        *([f"画像・動画（{files}）を添え、代替テキストを入力します。"] if files else []),
        "内容を確かめて投稿します。",
        "投稿したことを civicsns に記録します。",
    ]
    steps_en = [
        f"{who} signs in to Facebook in person and opens the page below.",
        "Paste the text.",
        *([f"Attach the files ({names}) and enter their alt texts."] if names else []),
        "Check it and post it.",
        "Record in civicsns that it was posted.",
    ]
    return Handoff(
        account=account.id,
        text=draft.text_for("facebook"),
        share_url=f"{_SHARER}?{urlencode({'u': draft.link})}" if draft.link else _HOME,
        instructions=Bilingual(
            "".join(f"{number}. {step}" for number, step in enumerate(steps_ja, 1)),
            " ".join(f"{number}. {step}" for number, step in enumerate(steps_en, 1)),
        ),
    )
