"""What the page says, in Japanese and English."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from civicsns.language import Bilingual
from civicsns.testing.sandbox.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Final = {
    "title": Bilingual("練習用ネットワーク", "Practice networks"),
    "practice": Bilingual("練習用", "Practice"),
    "notice": Bilingual(
        "ここに見える投稿はこのパソコンの中だけのものです。公開されていません。",
        "What you see here exists on this computer only. Nothing of it is public.",
    ),
    "skip": Bilingual("投稿の一覧へ", "Skip to the posts"),
    "language": Bilingual("言語", "Language"),
    "sections": Bilingual("ページの中", "On this page"),
    "x": Bilingual("X（練習用）", "X (practice)"),
    "graph": Bilingual("Facebook（練習用）", "Facebook (practice)"),
    "tools": Bilingual("試してみる", "Try it out"),
    "none": Bilingual("まだ投稿がありません。", "No posts yet."),
    "filter": Bilingual("アカウントで絞り込む", "Show one account"),
    "everyone": Bilingual("すべてのアカウント", "All accounts"),
    "show": Bilingual("表示", "Show"),
    "reload": Bilingual(
        "自動では更新されません。新しい投稿を見るには再読み込みしてください。",
        "This page does not update itself. Reload it to see new posts.",
    ),
    "reload_link": Bilingual("再読み込み", "Reload"),
    "stopped": Bilingual(
        "練習用ネットワークが止まっています。動き出すと表示も更新されます。",
        "The practice networks have stopped. This page goes on when they do.",
    ),
    "new": Bilingual("新しい投稿・返信：{n} 件", "New posts or replies: {n}"),
    "gone": Bilingual("消えた投稿：{n} 件", "Posts gone: {n}"),
    "scheduled": Bilingual("予約投稿：公開は", "Scheduled for"),
    "hidden": Bilingual("未公開", "Not published"),
    "citizen": Bilingual("市民", "Citizen"),
    "reply_to": Bilingual("返信先：", "In reply to"),
    "reply_gone": Bilingual("返信先の投稿は削除されました", "In reply to a post that was deleted"),
    "quotes": Bilingual("引用：", "Quotes"),
    "link": Bilingual("リンク：", "Link"),
    "poll": Bilingual("アンケート", "Poll"),
    "replies": Bilingual("返信・続き", "Replies and thread"),
    "alt": Bilingual("代替テキスト：", "Alt text:"),
    "no_alt": Bilingual("代替テキストがありません", "No alt text"),
    "film": Bilingual("動画", "Film"),
    "edited": Bilingual("編集済み", "Edited"),
    "source": Bilingual("送信元：", "Sent by"),
    "answer": Bilingual("市民として返信する", "Answer as a citizen"),
    "mention": Bilingual("市民としてアカウントに話しかける", "Write to an account as a citizen"),
    "mention_help": Bilingual(
        "架空の市民が、アカウントの名前を挙げて X に投稿します。",
        "A made-up citizen posts on X and names the account.",
    ),
    "no_account": Bilingual("アカウントがまだありません。", "There is no account yet."),
    "account": Bilingual("アカウント", "Account"),
    "name": Bilingual("市民の名前（架空）", "Name of the citizen (made up)"),
    "name_value": Bilingual("市民A", "Citizen A"),
    "text": Bilingual("本文", "Text"),
    "send": Bilingual("投稿する", "Post"),
    "fault_title": Bilingual("次の通信に障害を起こす", "Make the next call go wrong"),
    "fault_help": Bilingual(
        "選んだ操作の次の通信に障害が起こります。それでも投稿が二重にならないことを確かめられます。",
        "The next call of that operation goes wrong; see for yourself that nothing is posted twice.",
    ),
    "operation": Bilingual("操作", "Operation"),
    "fault": Bilingual("障害", "Fault"),
    "times": Bilingual("回数", "How many times"),
    "carried_out": Bilingual(
        "障害が起きても、ネットワークは頼まれたことを実行している",
        "The network does what it was asked all the same",
    ),
    "order": Bilingual("障害を注文する", "Order the fault"),
    "waiting": Bilingual("まだ起きていない障害：", "Faults still to come:"),
    "clear": Bilingual("注文をすべて取り消す", "Cancel all orders"),
    "calls": Bilingual("最近の通信", "Recent calls"),
    "no_calls": Bilingual("まだ通信がありません。", "No calls yet."),
    "network": Bilingual("ネットワーク", "Network"),
    "status": Bilingual("応答", "Answer"),
    "no_answer": Bilingual("応答なし", "No answer"),
    "done-fault": Bilingual("障害を注文しました。", "The fault is ordered."),
    "done-clear": Bilingual("障害の注文を取り消しました。", "The orders are cancelled."),
    "done-citizen": Bilingual("市民として投稿しました。", "Posted as a citizen."),
    "back": Bilingual("練習用ネットワークへ戻る", "Back to the practice networks"),
    "error": Bilingual("できませんでした", "That did not work"),
    "bad-host": Bilingual(
        "このページは、このパソコンの中からだけ開けます。", "This page can be opened from this computer only."
    ),
    "bad-origin": Bilingual(
        "このページのフォームから送られたものではありません。ページを再読み込みして、もう一度お試しください。",
        "That did not come from a form of this page. Reload the page and try again.",
    ),
    "bad-form": Bilingual(
        "入力が足りないか、正しくありません。ページへ戻って、もう一度お試しください。",
        "Something is missing or wrong in the form. Go back and try again.",
    ),
    "not-found": Bilingual("そのページはありません。", "There is no such page."),
    "too-long": Bilingual("入力が長すぎます。", "That is too long."),
}

#: Every sentence of the page, by its name in the templates.
TEXTS: Final[Mapping[str, Bilingual]] = MappingProxyType(_TEXTS)

#: What each fault does, for the one who orders it.
FAULTS: Final[Mapping[Fault, Bilingual]] = MappingProxyType(
    {
        Fault.TIMEOUT: Bilingual("応答が来ない（タイムアウト）", "No answer ever comes (timeout)"),
        Fault.RESET: Bilingual("受信後に接続が切れる", "The connection breaks after the request arrived"),
        Fault.SERVER_ERROR: Bilingual("サーバーの内部エラー（500）", "Internal server error (500)"),
        Fault.HTML_503: Bilingual("混雑中の画面が返る（503）", "A 'please wait' page comes back (503)"),
        Fault.HTML_200: Bilingual("API の応答の代わりに HTML が返る（200）", "HTML instead of an API answer (200)"),
        Fault.ERRORS_ONLY: Bilingual("成功の番号でエラーだけが返る（200）", "Only errors under a success status (200)"),
        Fault.RATE_LIMITED: Bilingual("回数制限（429、再開時刻つき）", "Rate limit (429) that says when to come back"),
        Fault.RATE_LIMITED_BARE: Bilingual("回数制限（429、再開時刻なし）", "Rate limit (429) that does not say when"),
        Fault.PAYMENT_REQUIRED: Bilingual("利用料の残高切れ（402）", "The credits are used up (402)"),
        Fault.SLOW_BODY: Bilingual("応答が1バイトずつしか届かない", "The answer comes one byte at a time"),
        Fault.TRUNCATED: Bilingual("応答が途中で終わる", "The answer ends in the middle"),
        Fault.HIDDEN: Bilingual(
            "投稿は成功するが、しばらく一覧に現れない", "The post is made, but not listed for a while"
        ),
    }
)

#: The operations of each network that a newcomer can make go wrong, the commonest first.
OPERATIONS: Final[Mapping[str, Mapping[str, Bilingual]]] = MappingProxyType(
    {
        "x": {
            "create": Bilingual("投稿", "Posting"),
            "delete": Bilingual("削除", "Deleting"),
            "timeline": Bilingual("自分の投稿一覧を読む", "Reading the account's own posts"),
            "lookup": Bilingual("投稿を1件読む", "Reading one post"),
            "mentions": Bilingual("返信・言及を読む", "Reading mentions"),
            "me": Bilingual("自分の情報を読む", "Asking who the account is"),
            "upload": Bilingual("画像を送る", "Uploading a picture"),
            "upload_initialize": Bilingual("分割アップロードの開始", "Beginning an upload in pieces"),
            "upload_append": Bilingual("分割アップロードの1片", "Sending one piece of an upload"),
            "upload_finalize": Bilingual("分割アップロードの終了", "Ending an upload in pieces"),
            "upload_status": Bilingual("アップロードの状態を読む", "Reading the state of an upload"),
            "metadata": Bilingual("代替テキストの登録", "Setting the alt text"),
            "token": Bilingual("トークンの発行・更新", "Issuing or refreshing a token"),
            "revoke": Bilingual("トークンの取消し", "Revoking a token"),
            "request_token": Bilingual("登録の開始（OAuth 1.0a）", "Beginning a sign-in (OAuth 1.0a)"),
            "access_token": Bilingual("登録の完了（OAuth 1.0a）", "Ending a sign-in (OAuth 1.0a)"),
            "authorize": Bilingual("登録の同意画面", "The sign-in page"),
        },
        "graph": {
            "feed": Bilingual("投稿", "Posting"),
            "photos": Bilingual("写真を送る", "Uploading a photo"),
            "videos": Bilingual("動画を送る", "Uploading a film"),
            "object_delete": Bilingual("削除", "Deleting"),
            "object_edit": Bilingual("編集", "Editing"),
            "object_read": Bilingual("投稿を1件読む", "Reading one post"),
            "published_posts": Bilingual("公開済みの投稿一覧を読む", "Reading the published posts"),
            "feed_read": Bilingual("フィードを読む", "Reading the feed"),
            "comments": Bilingual("コメントを読む", "Reading comments"),
            "tagged": Bilingual("タグ付けされた投稿を読む", "Reading posts that tag the Page"),
            "insights": Bilingual("数値を読む", "Reading figures"),
            "accounts": Bilingual("ページの一覧を読む", "Listing Pages"),
            "me": Bilingual("自分の情報を読む", "Asking who the account is"),
            "token": Bilingual("トークンの発行・更新", "Issuing or refreshing a token"),
            "debug_token": Bilingual("トークンを調べる", "Inspecting a token"),
            "permissions_delete": Bilingual("許可の取消し", "Revoking permissions"),
            "authorize": Bilingual("登録の同意画面", "The sign-in page"),
        },
    }
)
