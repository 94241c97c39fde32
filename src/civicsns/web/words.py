"""What the enrolment pages say, in Japanese and English."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from civicsns.language import Bilingual

TEXTS: Final = MappingProxyType(
    {
        "site": Bilingual("SNS アカウントの登録", "Connecting your account"),
        "skip": Bilingual("本文へ", "Skip to the content"),
        "language": Bilingual("言語", "Language"),
        "steps": Bilingual("手順", "Steps"),
        "step_done": Bilingual("済み", "done"),
        "error": Bilingual("エラー", "Error"),
        "leave": Bilingual("この端末での操作を終える", "Leave this device"),
        "leave_hint": Bilingual(
            "共用の端末では、席を離れる前に押してください。", "On a shared device, press this before you walk away."
        ),
        "left": Bilingual("操作を終えました", "You have left"),
        "left_text": Bilingual(
            "この端末には何も残っていません。続きは、渡されたリンクをもう一度開いてください。",
            "Nothing is left on this device. To go on, open your link once more.",
        ),
        # --- who
        "who": Bilingual("本人の確認", "Who you are"),
        "who_text": Bilingual(
            "このリンクは、渡された本人だけが使えます。あなたの職員番号を入れてください。",
            "This link is for the person it was given to. Give your personnel number.",
        ),
        "who_not": Bilingual(
            "他の人宛てのリンクを受け取ったときは、何も入れずに、担当課へ返してください。",
            "If the link is for somebody else, type nothing, and hand it back to the section in charge.",
        ),
        "number": Bilingual("職員番号", "Personnel number"),
        "number_hint": Bilingual(
            "職員証にある番号です。5 回間違えると、リンクは使えなくなります。",
            "It is on your staff card. After five wrong numbers the link is shut.",
        ),
        "next": Bilingual("次へ", "Continue"),
        # --- rules
        "rules": Bilingual("投稿規範", "Conduct rules"),
        "rules_text": Bilingual(
            "投稿する前に、文章はこの規範に照らして確かめられます。項目を開いて読んでください。",
            "Before a post goes out, it is checked against these rules. Open each subject and read it.",
        ),
        "rules_stop": Bilingual("投稿が止まるもの", "These stop a post"),
        "rules_other": Bilingual("確かめるもの・助言", "These ask for a second look, or advise"),
        "rules_changed": Bilingual(
            "読んでいる間に規範が変わりました。新しい内容を読んで、もう一度同意してください。",
            "The rules changed while you were reading. Read them again, and agree once more.",
        ),
        "agree": Bilingual("規範を読み、守ることに同意します", "I have read the rules, and will keep to them"),
        "agree_missing": Bilingual(
            "規範を読み、同意の欄に印を付けてください。", "Read the rules, and tick the box to agree."
        ),
        "agree_next": Bilingual("同意して次へ", "Agree and continue"),
        # --- practice
        "practice": Bilingual("練習の投稿", "A practice post"),
        "practice_text": Bilingual(
            "最初の投稿は、練習用のネットワークに出します。市の外の誰にも見えません。",
            "Your first post goes to a practice network. Nobody outside sees it.",
        ),
        "practice_field": Bilingual("投稿の文", "What you post"),
        "practice_hint": Bilingual(
            "たとえば、所管課の今日の仕事を一文で。", "For instance, what your section does today, in one sentence."
        ),
        "practice_send": Bilingual("練習として投稿する", "Post it as practice"),
        "practice_empty": Bilingual("文を書いてください。", "Write something."),
        "practice_stopped": Bilingual(
            "規範に触れるため、投稿を止めました。直して、もう一度投稿してください。",
            "The rules stopped this post. Mend it, and post it again.",
        ),
        "practice_found": Bilingual("指摘", "What the rules found"),
        "practice_done": Bilingual("練習の投稿ができました。", "Your practice post is out."),
        # --- connect
        "connect": Bilingual("アカウントの接続", "Connect the account"),
        "connect_text": Bilingual(
            "次の画面はネットワークのものです。下のアカウントでサインインし、連携を許可してください。パスワードがこちらに伝わることはありません。",
            "The next page is the network’s. Sign in with the account below, and agree. We never learn your password.",
        ),
        "connect_page_text": Bilingual(
            "次の画面は Facebook のものです。あなた自身でログインし、下のページを選んで許可してください。パスワードがこちらに伝わることはありません。",
            "The next page is Facebook’s. Log in as yourself, tick the Page below, and agree. We never learn your password.",
        ),
        "network": Bilingual("ネットワーク", "Network"),
        "account": Bilingual("アカウント", "Account"),
        "account_own": Bilingual("あなたが業務に使うアカウント", "The account that you use for work"),
        "section": Bilingual("所管課", "Section"),
        "until": Bilingual("リンクの期限", "The link ends"),
        "connect_check": Bilingual(
            "別のアカウントでサインインしているときは、先に切り替えてください。別のアカウントは保存されません。",
            "If another account is signed in, switch first. Another account is not kept.",
        ),
        "connect_go": Bilingual("{network} へ進む", "Go on to {network}"),
        "connected_as": Bilingual("接続しようとしたアカウント：", "The account that you signed in with:"),
        "choosing": Bilingual(
            "サインインは済んでいます。ページを選ぶと終わります。", "You are signed in. Choose the Page to finish."
        ),
        "away": Bilingual("{network} を開いています", "Opening {network}"),
        "away_text": Bilingual("開かないときは、こちらを押してください。", "If it does not open, follow this link."),
        # --- choose
        "choose": Bilingual("ページの選択", "Choose the Page"),
        "choose_text": Bilingual(
            "このアカウントとして投稿するページを一つ選んでください。",
            "Choose the one Page that this account posts on.",
        ),
        "choose_missing": Bilingual("ページを一つ選んでください。", "Choose one Page."),
        "choose_go": Bilingual("このページを接続する", "Connect this Page"),
        # --- ends
        "done": Bilingual("接続しました", "Connected"),
        "done_text": Bilingual(
            "終わりです。このリンクはもう使えません。案内の紙は裁断してください。",
            "You are done. The link does not work any more. Shred the sheet that you were given.",
        ),
        "profile": Bilingual("プロフィールに書くこと", "What to put into your profile"),
        "profile_text": Bilingual(
            "市民が本物と見分けられるように、次の文を写して、媒体のプロフィールに貼り付けてください。",
            "So that citizens can tell that it is genuine, copy this into the profile of the account.",
        ),
        "profile_name": Bilingual("表示名", "Name"),
        "profile_description": Bilingual("自己紹介", "Description"),
        "profile_link": Bilingual("リンク", "Link"),
        "done_close": Bilingual("この画面は閉じて構いません。", "You may close this page."),
        "problem": Bilingual("続けられません", "This cannot go on"),
        "no_session": Bilingual(
            "操作を続けられません。時間が経ったか、このブラウザーではリンクを開いていません。",
            "This cannot go on: too much time has passed, or the link was not opened in this browser.",
        ),
        "open_again": Bilingual("渡されたリンクをもう一度開いてください。", "Open your link once more."),
        "foreign": Bilingual(
            "この画面からの送信ではないため、受け付けませんでした。何も変わっていません。",
            "This was not sent from our page, and was not accepted. Nothing has changed.",
        ),
        "wrong_host": Bilingual("このアドレスでは応答しません。", "We do not answer under this address."),
        "not_found": Bilingual("この頁はありません。", "There is no such page."),
        "too_much": Bilingual("送られた内容が大きすぎます。", "Too much was sent."),
        "bad_form": Bilingual("送られた内容を読めません。", "What was sent cannot be read."),
        "too_often": Bilingual("試した回数が多すぎます。", "There were too many tries."),
        "wait": Bilingual("10 分ほど待ってから、リンクを開いてください。", "Wait ten minutes, then open your link."),
        "broken": Bilingual(
            "こちらの不具合で続けられません。それまでに済んだ手順は残っています。",
            "Something is wrong on our side. The steps that you have finished are kept.",
        ),
        "later": Bilingual(
            "少し待って、リンクをもう一度開いてください。続くときは担当課に知らせてください。",
            "Wait a little, and open your link again. If it goes on, tell the section in charge.",
        ),
        "strange_network": Bilingual(
            "ネットワークの案内した行き先が正しくないため、開きません。",
            "The network named a place to go that is not right; it is not opened.",
        ),
        # --- overview
        "overview": Bilingual("登録の状況", "How enrolment stands"),
        "overview_refused": Bilingual("この頁を見る権限がありません。", "You may not see this page."),
        "overview_ask": Bilingual("担当課に尋ねてください。", "Ask the section in charge."),
        "overview_pass": Bilingual(
            "civicsns enrol overview で入場のリンクを作り、このブラウザーで開いてください。",
            "Make a pass by civicsns enrol overview, and open it in this browser.",
        ),
        "pass_over": Bilingual(
            "入場のリンクが正しくないか、使用済みか、10 分を過ぎています。",
            "This is no pass, or it was used, or its ten minutes are over.",
        ),
        "overview_enter_text": Bilingual(
            "登録の状況には職員の氏名が出ます。開くと、入場のリンクはもう使えません。",
            "It shows the names of the staff. Once you open it, the pass works no more.",
        ),
        "overview_enter": Bilingual("状況を見る", "Show how it stands"),
        "left_here": Bilingual("この端末には何も残っていません。", "Nothing is left on this device."),
        "counts": Bilingual("段階ごとの件数", "How many at each stage"),
        "everything": Bilingual("すべて", "All"),
        "filter": Bilingual("絞り込む", "Show only"),
        "stage": Bilingual("状況", "Stage"),
        "show": Bilingual("表示", "Show"),
        "person": Bilingual("職員", "Person"),
        "since": Bilingual("いつから", "Since"),
        "why": Bilingual("理由と対処", "Why, and what to do"),
        "waiting": Bilingual("終わらない接続", "Sign-ins that do not come to an end"),
        "nobody": Bilingual("当てはまるものはありません。", "There is none."),
        "cut": Bilingual(
            "多いため、初めの {n} 件だけを示します。課で絞り込んでください。",
            "There are many; here are the first {n}. Choose a section.",
        ),
    }
)

#: What networks are called.
NETWORKS: Final = MappingProxyType({"x": "X", "facebook": "Facebook"})
