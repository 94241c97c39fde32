"""What officials read when X says no: what happened, and what to do."""

from __future__ import annotations

from civicsns.language import Bilingual

UNEXPECTED = Bilingual("思いがけない応答がありました", "it gave an unexpected answer")

TOKEN_DEAD = (
    Bilingual("X がこのアカウントの認証を受け付けませんでした。", "X did not accept the account's token."),
    Bilingual("アカウントを登録し直してください。", "Enrol the account again."),
)
WRONG_ACCOUNT = (
    Bilingual(
        "認証情報が、投稿しようとしたアカウントのものではありません。",
        "The token belongs to another account than the one to post under.",
    ),
    Bilingual(
        "投稿するアカウントで X にログインして、登録し直してください。",
        "Sign in at X with the account to post under, and enrol it again.",
    ),
)
NO_SCOPE = (
    Bilingual(
        "このアカウントの登録には、投稿や画像の権限が含まれていません。",
        "The account was enrolled without the right to post, or to post pictures.",
    ),
    Bilingual(
        "scopes に tweet.write と media.write を含めて、アカウントを登録し直してください。",
        "Enrol the account again, with tweet.write and media.write among the scopes.",
    ),
)
APP_KEYS = (
    Bilingual("X がこのアプリの登録手続きを受け付けませんでした。", "X did not accept the app's sign-in request."),
    Bilingual(
        "設定のアプリの鍵と戻り先のアドレスが、X の開発者画面のものと同じか確かめてください。",
        "Check that the app's keys and the redirect address are those in X's developer console.",
    ),
)
APP_SHUT = (
    Bilingual("X がこのアプリを受け付けませんでした。", "X did not accept the app itself."),
    Bilingual(
        "設定のアプリの鍵が X の開発者画面のものと同じか、アプリが停止されていないか確かめてください。"
        "アカウントを接続し直す必要はありません。",
        "Check that the app's keys are those in X's developer console, and that the app is not suspended. No account"
        " has to be connected again.",
    ),
)
PERMISSIONS_CHANGED = (
    Bilingual(
        "X のアプリの権限が足りないか、登録の後で変更されています。",
        "The X app lacks the permission, or its permissions were changed after the account was enrolled.",
    ),
    Bilingual(
        "X の開発者画面でアプリに読み書きの権限があることを確かめ、アカウントを登録し直してください。",
        "Check in X's developer console that the app may read and write, then enrol the account again.",
    ),
)
SUSPENDED = (
    Bilingual("X がこのアカウントを凍結またはロックしています。", "X has suspended or locked the account."),
    Bilingual(
        "アカウントの管理者が X にログインして案内に従い、解除された後でアカウントを登録し直してください。",
        "The account's steward signs in at X and follows its instructions; enrol the account again once it is released.",
    ),
)
CLOCK = (
    Bilingual("この機械の時計が X の時計と合っていません。", "The clock of this machine does not agree with X's."),
    Bilingual(
        "機械の時刻合わせ（NTP）を確かめ、もう一度実行してください。",
        "Check that this machine sets its clock by NTP, then try again.",
    ),
)
CREDITS = (
    Bilingual(
        "X のアプリの利用枠（クレジット）を使い切りました。", "The X app's credits, or its monthly cap, are used up."
    ),
    Bilingual(
        "X の開発者画面でクレジットを追加するか、利用枠が戻るのを待ってください。",
        "Add credit in X's developer console, or wait until the cap is whole again.",
    ),
)
RATE_LIMITED = (
    Bilingual("X の投稿・読取の回数制限に達しました。", "The account has reached a rate limit of X."),
    Bilingual("示された時刻の後でもう一度実行してください。", "Try again after the time given."),
)
RATE_LIMITED_APP = (
    Bilingual("アプリ全体が X の回数制限に達しました。", "The whole app has reached a rate limit of X."),
    Bilingual(
        "示された時刻まで、どのアカウントからも X に送れません。その後でもう一度実行してください。",
        "No account can use X until the time given. Try again after that.",
    ),
)
DUPLICATE = (
    Bilingual(
        "X は同じ内容の投稿がすでにあると答えました。前の投稿が届いていた可能性があります。",
        "X says that it has a post with this text already: an earlier attempt may have arrived.",
    ),
    Bilingual(
        "アカウントの投稿一覧を確かめてください。自分の投稿がなければ、文面を変えて出し直してください。",
        "Look at the account's posts. If ours is not among them, change the text and post it anew.",
    ),
)
NOT_SUMMONED = (
    Bilingual(
        "X は、このアカウントが相手から @ で呼ばれていない会話への返信を認めていません。",
        "X does not let this account answer a conversation in which it was not mentioned.",
    ),
    Bilingual(
        "返信ではなく通常の投稿にするか、X の画面から手で返信してください。",
        "Make it a post of its own, or answer by hand on X's page.",
    ),
)
APP_FORBIDDEN = (
    Bilingual(
        "X のアプリの契約では、この操作が認められていません。",
        "The X app's plan does not include this operation.",
    ),
    Bilingual(
        "X の開発者画面でアプリの契約と権限を確かめてください。",
        "Check the app's plan and permissions in X's developer console.",
    ),
)
FORBIDDEN = (
    Bilingual("X がこの操作を拒みました。", "X refused the operation."),
    Bilingual(
        "X の説明を読み、文面・宛先・アカウントの設定を直してから出し直してください。",
        "Read X's sentence and change the text, the target or the account's settings before posting anew.",
    ),
)
INVALID = (
    Bilingual("X が内容の誤りとして受け付けませんでした。", "X did not accept the request: something in it is wrong."),
    Bilingual("X の説明に従って内容を直し、出し直してください。", "Change what X names, and post it anew."),
)
GONE = (
    Bilingual("X に対象の投稿やファイルがありません。", "X has no such post or file."),
    Bilingual(
        "返信・引用の相手や番号が正しいか確かめてください。", "Check that the post to answer or quote still exists."
    ),
)


def quoted(what: Bilingual, detail: str) -> Bilingual:
    """Add the network's own sentence to *what*, where it gave one."""
    if not detail:
        return what
    return Bilingual(f"{what.ja}（X の説明:「{detail}」）", f"{what.en} (X says: “{detail}”)")
