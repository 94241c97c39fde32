"""
What each error code of the Graph API means for a post: a table, and the words for it.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling (codes and subcodes),
https://developers.facebook.com/docs/graph-api/overview/rate-limiting (throttling codes).
A code that is not listed here proves nothing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import attrs

from civicsns.language import Bilingual


class Meaning(Enum):
    """What a refusal comes to."""

    #: Too many calls.
    THROTTLED = auto()
    #: The token does not serve any more, or lacks a right.
    RECONNECT = auto()
    #: The network said no, for good.
    REFUSED = auto()
    #: The network says that it has this post already.
    DUPLICATE = auto()


@attrs.frozen(kw_only=True)
class Row:
    """
    One row of the table.

    Attributes:
        meaning: What it comes to.
        what: What happened.
        mend: What to do next.
        scope: Whom it concerns: `"account"`, or `"app"` where every Page would meet the same.
        long: For `THROTTLED`: a block rather than a rate, which hammering prolongs.
    """

    meaning: Meaning
    what: Bilingual
    mend: Bilingual
    scope: str = "account"
    long: bool = False


_WAIT = Bilingual("示された時刻まで待ってください。", "Wait until the time given.")
_AGAIN = Bilingual("アカウントを登録し直してください。", "Enrol the account again.")
_CONTENT = Bilingual("投稿の内容を直してください。", "Change what the post says or carries.")
_RIGHTS = Bilingual(
    "Facebook ページの権限（CREATE_CONTENT）とアプリの許可を確かめ、アカウントを登録し直してください。",
    "Check the task CREATE_CONTENT on the Page and the app's permissions, then enrol the account again.",
)

_APP_LIMIT = Row(
    meaning=Meaning.THROTTLED,
    what=Bilingual("アプリ全体の呼出し回数が上限に達しました。", "The app has used up its calls."),
    mend=_WAIT,
    scope="app",
)
_PAGE_LIMIT = Row(
    meaning=Meaning.THROTTLED,
    what=Bilingual("このページの呼出し回数が上限に達しました。", "The Page has used up its calls."),
    mend=_WAIT,
)
_PERMISSION = Row(
    meaning=Meaning.RECONNECT,
    what=Bilingual(
        "この操作の許可がありません（取り消されたか、与えられていません）。",
        "The permission for this was not given, or was taken back.",
    ),
    mend=_RIGHTS,
)
_TOKEN = Row(
    meaning=Meaning.RECONNECT,
    what=Bilingual(
        "Facebook がトークンを受け付けませんでした（期限切れ、取消し、またはログアウト）。",
        "Facebook did not take the token: it ended, was revoked, or the person signed out.",
    ),
    mend=_AGAIN,
)
_REFUSED = Row(
    meaning=Meaning.REFUSED,
    what=Bilingual("Facebook が内容を受け付けませんでした。", "Facebook refused the content."),
    mend=_CONTENT,
)
_FILE = Row(
    meaning=Meaning.REFUSED,
    what=Bilingual("Facebook が画像・動画を受け付けませんでした。", "Facebook did not take the picture or film."),
    mend=Bilingual(
        "ファイルが壊れていないか確かめ、別の形式で保存し直してください。",
        "Check that the file is whole, or save it in another format.",
    ),
)
_DUPLICATE = Row(
    meaning=Meaning.DUPLICATE,
    what=Bilingual("Facebook は同じ投稿が既にあると答えました。", "Facebook says that it already has this post."),
    mend=Bilingual(
        "Facebook ページを開き、その投稿がこの配信のものか確かめてください。",
        "Open the Page and see whether that post is the one of this delivery.",
    ),
)


def _token(ja: str, en: str, mend: Bilingual = _AGAIN) -> Row:
    return Row(meaning=Meaning.RECONNECT, what=Bilingual(ja, en), mend=mend)


_BY_SUBCODE: Final[dict[tuple[int, int], Row]] = {
    (190, 458): _token("利用者がアプリの連携を解除しました。", "The person removed the app."),
    (190, 459): _token(
        "利用者のアカウントが Facebook の本人確認を待っています。",
        "The person's account is held by a checkpoint of Facebook.",
        Bilingual(
            "本人が facebook.com にログインして確認を済ませ、その後アカウントを登録し直してください。",
            "The person signs in at facebook.com and passes the checkpoint; then enrol the account again.",
        ),
    ),
    (190, 460): _token(
        "利用者がパスワードを変更したため、トークンが無効になりました。",
        "The person changed the password, which ends the token.",
    ),
    (190, 463): _token("トークンの期限が切れました。", "The token has expired."),
    (190, 464): _token(
        "利用者の Facebook アカウントが確認されていません。",
        "The person's account is not confirmed.",
        Bilingual(
            "本人が facebook.com でアカウントを確認し、その後登録し直してください。",
            "The person confirms the account at facebook.com; then enrol it again.",
        ),
    ),
    (190, 467): _token("トークンは無効です。", "The token is invalid."),
    (190, 492): _token(
        "利用者がこのページの役割を失いました。", "The person has no role on this Page any more.", _RIGHTS
    ),
    (368, 1390008): Row(
        meaning=Meaning.THROTTLED,
        what=Bilingual(
            "Facebook が投稿の頻度を理由に、この操作を一時停止しました。",
            "Facebook has paused this because of how often the Page posts.",
        ),
        mend=Bilingual(
            "繰り返すと停止が長引きます。時間をおき、投稿の頻度を見直してください。",
            "Repeating prolongs the pause: wait, and post less often.",
        ),
        long=True,
    ),
    (368, 4854002): _token(
        "Facebook が利用者の本人確認を求めています。",
        "Facebook asks the person to verify the identity.",
        Bilingual(
            "本人が facebook.com で本人確認を済ませ、その後アカウントを登録し直してください。",
            "The person verifies the identity at facebook.com; then enrol the account again.",
        ),
    ),
    (368, 1346003): Row(
        meaning=Meaning.REFUSED,
        what=Bilingual(
            "Facebook がこの内容を規約違反の疑いがあると判断しました。",
            "Facebook takes this content for abusive.",
        ),
        mend=Bilingual(
            "送り直さず、ページのサポート画面で理由を確かめてください。",
            "Do not send it again; see the reason on the Page's support screen.",
        ),
    ),
    (368, 1404082): _DUPLICATE,
    (100, 36007): _token("サインインの有効期限が切れました。", "The sign-in took too long."),
    (100, 36009): _token("このサインインは既に使われました。", "This sign-in was used already."),
}

_BY_CODE: Final[dict[int, Row]] = {
    3: _PERMISSION,
    4: _APP_LIMIT,
    10: _PERMISSION,
    17: _PAGE_LIMIT,
    32: _PAGE_LIMIT,
    100: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual(
            "Facebook が要求の項目を受け付けませんでした（対象が存在しない場合も含みます）。",
            "Facebook refused a field of the request, or knows no such object.",
        ),
        mend=Bilingual(
            "Facebook の説明文を確かめ、内容・対象・設定を直してください。",
            "Read Facebook's own sentence, and mend the content, the object or the settings.",
        ),
    ),
    101: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual("Facebook はこのアプリを認めませんでした。", "Facebook does not know this app."),
        mend=Bilingual("設定の app_id と app_secret を確かめてください。", "Check the settings app_id and app_secret."),
        scope="app",
    ),
    102: _TOKEN,
    104: _TOKEN,
    190: _TOKEN,
    324: _FILE,
    341: _APP_LIMIT,
    352: _FILE,
    368: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual("Facebook がこの操作を止めました。", "Facebook has blocked this."),
        mend=Bilingual(
            "送り直さず、ページのサポート画面で理由を確かめてください。",
            "Do not send it again; see the reason on the Page's support screen.",
        ),
    ),
    506: _DUPLICATE,
    613: _PAGE_LIMIT,
    803: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual("その ID のものは Facebook にありません。", "Facebook has nothing of that id."),
        mend=Bilingual("投稿またはページの ID を確かめてください。", "Check the id of the post or Page."),
    ),
    1609005: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual("リンク先を Facebook が読み取れませんでした。", "Facebook could not read the link."),
        mend=Bilingual(
            "リンク先が公開されているか確かめ、リンクを直すか外してください。",
            "Check that the link is open to the public; mend it or leave it out.",
        ),
    ),
    2500: _TOKEN,
    2635: Row(
        meaning=Meaning.REFUSED,
        what=Bilingual(
            "設定された Graph API のバージョンは提供が終わっています。",
            "The configured version of the Graph API has ended.",
        ),
        mend=Bilingual(
            "設定の version を新しいものに変えてから、もう一度配信してください。",
            "Change the setting version to a newer one, then deliver again.",
        ),
        scope="app",
    ),
    80001: _PAGE_LIMIT,
}

#: 200–299: one code for each permission that is missing.
_PERMISSIONS: Final = range(200, 300)


def row(code: int, subcode: int | None) -> Row | None:
    """Look up a refusal; None where it is not listed and proves nothing."""
    if subcode is not None:
        if (code, subcode) in _BY_SUBCODE:
            return _BY_SUBCODE[code, subcode]
        # Content codes come as the code of some edges and as the subcode of others.
        if subcode in {506, 1404082}:
            return _DUPLICATE
        if subcode == 1609005:
            return _BY_CODE[1609005]
    if code in _PERMISSIONS:
        return _PERMISSION
    return _BY_CODE.get(code)


#: A dead token without a code that says so: HTTP 401.
UNSIGNED: Final = _TOKEN
#: Content that the network has already, met where nothing was to be made.
ODD: Final = _REFUSED
