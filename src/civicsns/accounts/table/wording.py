"""What is said of each flaw of a table, in both languages: what there is, and what to do."""

from __future__ import annotations

from typing import Final

from civicsns.accounts.table.flaw import Flaw
from civicsns.language import Bilingual

_SAVE = Bilingual(
    "UTF-8 の CSV か、Excel（.xlsx）で保存し直してください。", "Save it again as CSV in UTF-8, or as .xlsx."
)
_WRITE_AGAIN = Bilingual("正しい値を書き直してください。", "Write the right value again.")
_FINE = Bilingual("これでよければ、何もしなくて構いません。", "If that is right, there is nothing to do.")

#: What is wrong, and what to do; braces stand for what a remark names.
SAID: Final[dict[Flaw, tuple[Bilingual, Bilingual]]] = {
    Flaw.UNREADABLE: (
        Bilingual("ファイルを読めません（{why}）。", "The file cannot be read ({why})."),
        Bilingual("場所と権限を確かめてください。", "Check the path and its permissions."),
    ),
    Flaw.EMPTY_FILE: (
        Bilingual("何も書かれていません。", "There is nothing in it."),
        Bilingual("出力し直してください。", "Export it again."),
    ),
    Flaw.OLD_EXCEL: (
        Bilingual(
            "古い形式の Excel（.xls）か、パスワードの付いたファイルです。",
            "It is an old Excel file (.xls), or one with a password.",
        ),
        Bilingual(
            "パスワードを外し、.xlsx か CSV で保存し直してください。",
            "Take the password away, and save it as .xlsx or as CSV.",
        ),
    ),
    Flaw.NO_TABLE: (Bilingual("表のファイルではありません（{kind}）。", "It is no table, but {kind}."), _SAVE),
    Flaw.NO_MARK: (
        Bilingual("バイト順マークのない UTF-16 のようです。", "It seems to be UTF-16 without a byte order mark."),
        _SAVE,
    ),
    Flaw.OTHER_ENCODING: (Bilingual("文字コードは {encoding} です。", "It is in {encoding}."), _SAVE),
    Flaw.NOT_ENCODED: (
        Bilingual(
            "{position} バイト目に、{encoding} として読めないところがあります。",
            "Byte {position} of the line is not {encoding}.",
        ),
        Bilingual(
            "この行を打ち直すか、文字コードをそろえて保存し直してください。",
            "Type this line again, or save the whole in one encoding.",
        ),
    ),
    Flaw.MIXED_ENCODING: (
        Bilingual(
            "この行だけ {other} で、ほかの行は {encoding} です。", "This line is in {other}, the others in {encoding}."
        ),
        Bilingual("一つの文字コードで保存し直してください。", "Save the whole in one encoding."),
    ),
    Flaw.MOJIBAKE_FILE: (
        Bilingual(
            "文字化けしています。{wrote} のファイルが {read} として読まれ、そのまま保存されました。",
            "Its letters are garbled: a file in {wrote} was read as {read}, and saved like that.",
        ),
        Bilingual(
            "元のファイルから出力し直してください。これは直せません。",
            "Export it again from where it came from; this one cannot be mended.",
        ),
    ),
    Flaw.QUOTE_OPEN: (
        Bilingual('この行で始まる引用符（"）が閉じていません。', 'A quote (") that begins on this line is not closed.'),
        Bilingual('" を補うか、消してください。', 'Add the ", or take it away.'),
    ),
    Flaw.BROKEN_ROW: (
        Bilingual('引用符（"）の使い方が CSV と違います。', 'The quotes (") are not as CSV has them.'),
        Bilingual('値の中の " は "" と書いてください。', 'Write "" for a " inside of a value.'),
    ),
    Flaw.BROKEN_BOOK: (
        Bilingual("Excel のファイルとして読めません。", "It cannot be read as an Excel file."),
        Bilingual("Excel で開き、別名で保存し直してください。", "Open it in Excel, and save it under another name."),
    ),
    Flaw.HUGE_BOOK: (
        Bilingual("展開すると {size} MB を超えます。", "It unpacks to more than {size} MB."),
        Bilingual("名簿の表だけを CSV で保存してください。", "Save the roster alone, as CSV."),
    ),
    Flaw.NO_SHEET: (
        Bilingual("「{sheet}」というシートがありません。", "There is no sheet {sheet}."),
        Bilingual(
            "設定の [roster] sheet を直してください。シート: {sheets}",
            "Mend [roster] sheet in the settings; there are: {sheets}",
        ),
    ),
    Flaw.SEVERAL_SHEETS: (
        Bilingual(
            "名簿のようなシートがいくつもあります（{sheets}）。", "Several sheets look like a roster ({sheets})."
        ),
        Bilingual("設定の [roster] sheet に、どれかを書いてください。", "Say which in [roster] sheet of the settings."),
    ),
    Flaw.MERGED: (
        Bilingual(
            "セル {cells} が結合されていて、値は最初のセルにしかありません。",
            "The cells {cells} are merged; only the first of them has a value.",
        ),
        Bilingual("結合を解除し、どのセルにも値を入れてください。", "Unmerge them, and fill in every cell."),
    ),
    Flaw.NO_VALUE: (
        Bilingual("数式があり、計算した値が保存されていません。", "It is a formula whose value was not saved."),
        Bilingual(
            "Excel で開いて保存するか、「値の貼り付け」で値にしてください。",
            "Open it in Excel and save it, or paste it as a value.",
        ),
    ),
    Flaw.NO_HEADING: (
        Bilingual(
            "見出しの行が、初めの {rows} 行に見つかりません（{wanted} など）。",
            "There is no row of headings among the first {rows} (such as {wanted}).",
        ),
        Bilingual(
            "見出しの行を付けるか、設定の [roster.columns] で列の名前を示してください。",
            "Add one, or name the columns in [roster.columns] of the settings.",
        ),
    ),
    Flaw.NO_COLUMN: (
        Bilingual("列「{wanted}」（{field}）がありません。", "There is no column {wanted} ({field})."),
        Bilingual(
            '列を加えるか、別の名前なら設定に [roster.columns] {field} = "列の名前" と書いてください。{near}',
            'Add it, or where it has another name, write [roster.columns] {field} = "NAME" in the settings. {near}',
        ),
    ),
    Flaw.NO_MAPPED: (
        Bilingual(
            "設定の [roster.columns] {field} にある列「{wanted}」がありません。",
            "There is no column {wanted}, which [roster.columns] {field} names in the settings.",
        ),
        Bilingual("ある列: {headings}", "There are: {headings}"),
    ),
    Flaw.HEADING_TWICE: (
        Bilingual("同じ見出しが{other}列にもあります。", "Column {other} has the same heading."),
        Bilingual("どちらかの見出しを変えてください。", "Rename one of them."),
    ),
    Flaw.CELLS_MISSING: (
        Bilingual(
            "{cells} 列しかありません。見出しは {headings} 列です。",
            "There are {cells} cells under {headings} headings.",
        ),
        Bilingual("区切りの漏れがないか確かめてください。", "See whether a separator is missing."),
    ),
    Flaw.CELLS_EXTRA: (
        Bilingual(
            "{cells} 列あります。見出しは {headings} 列です。", "There are {cells} cells under {headings} headings."
        ),
        Bilingual('値の中に区切り文字があれば、値を " で囲んでください。', 'Put a value that holds a separator in ".'),
    ),
    Flaw.EMPTY: (
        Bilingual("空です。", "It is empty."),
        Bilingual("値を書くか、この行を消してください。", "Write the value, or take the row away."),
    ),
    Flaw.TWICE: (
        Bilingual("「{value}」は{other}行目にもあります。", "{value} stands on line {other}, too."),
        Bilingual(
            "違う人なら番号を直し、兼務なら本務の行だけを残してください。",
            "Mend the number of one; of somebody with two posts, keep the row of the main one.",
        ),
    ),
    Flaw.TWICE_ID: (
        Bilingual("「{value}」は{other}行目にもあります。", "{value} stands on line {other}, too."),
        Bilingual("アカウントごとに違う ID を付けてください。", "Give each account an id of its own."),
    ),
    Flaw.SAME_ROW: (
        Bilingual("「{value}」の行が{other}行目と同じです。", "The row of {value} is the same as line {other}."),
        Bilingual("一方の行を消してください。", "Take one of the rows away."),
    ),
    Flaw.ZEROS_ALONE: (
        Bilingual(
            "「{value}」は{other}行目の「{second}」と、頭の 0 しか違いません。",
            "{value} differs from {second} on line {other} by zeros at its head alone.",
        ),
        Bilingual(
            "同じ人なら一方の行を消し、設定の [roster] digits に桁数を書いてください。",
            "If it is one person, take one row away, and write the number of digits in [roster] digits of the settings.",
        ),
    ),
    Flaw.FORMULA: (
        Bilingual(
            "「{value}」は、表計算ソフトで数式として動くおそれがあります。",
            "{value} may run as a formula in a spreadsheet.",
        ),
        Bilingual(
            "先頭の記号を取り、値だけを書いてください。", "Take the sign at its head away; write the value alone."
        ),
    ),
    Flaw.ERROR_VALUE: (
        Bilingual("表計算ソフトのエラー値（{value}）です。", "It is an error of a spreadsheet ({value})."),
        Bilingual("元の数式を直してから出力し直してください。", "Mend the formula it comes from, and export again."),
    ),
    Flaw.CONTROL: (
        Bilingual("制御文字があります（{value}）。", "There is a control character in it ({value})."),
        _WRITE_AGAIN,
    ),
    Flaw.DIRECTION: (
        Bilingual(
            "文字の向きを変える見えない文字があります（{value}）。", "It turns the direction of writing ({value})."
        ),
        _WRITE_AGAIN,
    ),
    Flaw.LINE_BREAK: (
        Bilingual("値の中に改行があります（{value}）。", "There is a line break in it ({value})."),
        Bilingual(
            '改行を取ってください。前の行に閉じていない " があるのかもしれません。',
            'Take it away; perhaps a " is open further up.',
        ),
    ),
    Flaw.TOO_LONG: (
        Bilingual("{length} 文字あります（{most} 文字まで）。", "It has {length} characters, of {most} at most."),
        Bilingual("列がずれていないか確かめてください。", "See whether the columns have shifted."),
    ),
    Flaw.MOJIBAKE: (
        Bilingual("文字化けしています（{value}）。", "Its letters are garbled ({value})."),
        Bilingual("元の表を見て書き直してください。{meant}", "Write it again from where it came from. {meant}"),
    ),
    Flaw.LETTER_LOST: (
        Bilingual("保存したときに文字が失われています（{value}）。", "A letter was lost when it was saved ({value})."),
        Bilingual(
            "元の文字を書き、UTF-8 で保存してください（Shift_JIS にない文字です）。",
            "Write the letter, and save in UTF-8: Shift_JIS does not have it.",
        ),
    ),
    Flaw.OWN_LETTER: (
        Bilingual(
            "外字があります（{value}）。ほかの機械では別の文字になります。",
            "It has a letter of a private font ({value}), which is another one on other machines.",
        ),
        Bilingual("標準の文字か、異体字セレクターで書いてください。", "Write it with a letter of Unicode."),
    ),
    Flaw.NOT_A_NUMBER: (
        Bilingual("「{value}」は職員番号として読めません。", "{value} is no personnel number."),
        Bilingual(
            "英数字と - _ . だけで、32 文字までで書いてください。", "Use ASCII letters, digits, - _ and ., 32 at most."
        ),
    ),
    Flaw.SCIENTIFIC: (
        Bilingual(
            "「{value}」は表計算ソフトが番号を書き換えたものです。",
            "{value} is a number that a spreadsheet has rewritten.",
        ),
        Bilingual(
            "列を「文字列」にして、番号を入れ直してください。",
            "Make the column one of text, and enter the numbers again.",
        ),
    ),
    Flaw.DECIMAL: (
        Bilingual("「{value}」には小数点があります。", "{value} has a decimal point."),
        Bilingual("列を「文字列」にして出力し直してください。", "Make the column one of text, and export again."),
    ),
    Flaw.LONGER: (
        Bilingual("「{value}」は {digits} 桁を超えています。", "{value} has more than {digits} digits."),
        Bilingual(
            "番号か、設定の [roster] digits を直してください。", "Mend the number, or [roster] digits in the settings."
        ),
    ),
    Flaw.NAME_IS_NUMBER: (
        Bilingual("氏名が数字だけです（{value}）。", "The name is nothing but digits ({value})."),
        Bilingual("列がずれていないか確かめてください。", "See whether the columns have shifted."),
    ),
    Flaw.NO_DAY: (
        Bilingual("「{value}」は日付として読めません。", "{value} is no date."),
        Bilingual("2026-04-01 か 令和8年4月1日 のように書いてください。", "Write it like 2026-04-01 or 令和8年4月1日."),
    ),
    Flaw.NO_SUCH_DAY: (
        Bilingual("「{value}」という日はありません。", "There is no such day as {value}."),
        Bilingual("日付を確かめてください。", "Look at the date again."),
    ),
    Flaw.YEAR_SHORT: (
        Bilingual(
            "「{value}」の年が、西暦か和暦か分かりません。", "The year of {value} may be of the Christian or of an era."
        ),
        Bilingual("2026/4/1 か R8.4.1 のように書いてください。", "Write it like 2026/4/1 or R8.4.1."),
    ),
    Flaw.DAY_FIRST: (
        Bilingual(
            "「{value}」の年月日の順が分かりません。", "The order of day, month and year of {value} cannot be told."
        ),
        Bilingual("2026/4/1 のように、年、月、日の順に書いてください。", "Write year, month and day, like 2026/4/1."),
    ),
    Flaw.OTHER_ERA: (
        Bilingual("{value} は{era}ではありません。", "{value} is not in {era}."),
        Bilingual("{meant} のことなら、そう書いてください。", "If {meant} is meant, write that."),
    ),
    Flaw.FAR_YEAR: (
        Bilingual("「{value}」は名簿の日付としてありえません。", "{value} is no date for a roster."),
        Bilingual("年を確かめてください。", "Look at the year again."),
    ),
    Flaw.REVERSED: (
        Bilingual(
            "終わりの日（{until}）が始まりの日（{since}）より前です。", "It ends ({until}) before it begins ({since})."
        ),
        Bilingual("日付が逆でないか確かめてください。", "See whether the dates are the wrong way round."),
    ),
    Flaw.NO_SECTION: (
        Bilingual("「{value}」という所属はありません。", "There is no section {value}."),
        Bilingual(
            "{near}設定の [roster] sections にある名前を書いてください。", "{near}Use a name of [roster] sections."
        ),
    ),
    Flaw.NO_DUTY: (
        Bilingual(
            "「{value}」が本務か兼務か分かりません。", "Whether {value} is the main post or a second one is not clear."
        ),
        Bilingual("「本務」か「兼務」と書いてください。", "Write 本務 or 兼務."),
    ),
    Flaw.YES_OR_NO: (
        Bilingual("「{value}」は、はいでもいいえでもありません。", "{value} is neither yes nor no."),
        Bilingual("「はい」か「いいえ」を書いてください。", "It takes yes or no."),
    ),
    Flaw.NO_PERSON: (
        Bilingual("職員番号 {value} は名簿にありません。", "The roster has no personnel number {value}."),
        Bilingual("{near}番号を直すか、名簿に加えてください。", "{near}Mend the number, or add the person."),
    ),
    Flaw.ZEROS_LOST: (
        Bilingual(
            "職員番号の多くは {usual} 桁ですが、短いものが {count} 件あります（{examples} など）。頭の 0 が落ちていませんか。",
            "Most personnel numbers have {usual} digits, and {count} have fewer (such as {examples}): were zeros lost?",
        ),
        Bilingual(
            "落ちているなら、設定の [roster] digits = {usual} で補えます。",
            "If so, [roster] digits = {usual} in the settings puts them back.",
        ),
    ),
    Flaw.SAME_PERSON: (
        Bilingual(
            "所属も氏名も同じか、とても似た人がいます（{count} 組）: {examples}",
            "People of one section have the same name, or very nearly so (groups: {count}): {examples}",
        ),
        Bilingual("一人が二つの番号で載っていないか確かめてください。", "See whether one person has two numbers."),
    ),
    Flaw.SECTION_SPELT: (
        Bilingual("所属の書き方が揺れています: {examples}", "A section is spelt in several ways: {examples}"),
        Bilingual("一つにそろえてください。別の所属として扱います。", "Choose one; they count as different sections."),
    ),
    Flaw.CODE_OF_TWO: (
        Bilingual("同じ所属コードに、違う名前があります: {examples}", "One section code has several names: {examples}"),
        Bilingual("どちらが正しいか確かめてください。", "See which is right."),
    ),
    Flaw.SECTION_EMPTY: (
        Bilingual("所属のない人が {count} 人います。", "{count} people have no section."),
        Bilingual(
            "結合したセルを CSV にすると、値は最初の行にしか残りません。", "Of merged cells, CSV keeps the first alone."
        ),
    ),
    Flaw.READ_AS: (
        Bilingual("{encoding}、区切りは{delimiter}として読みました。", "Read as {encoding}, separated by {delimiter}."),
        _FINE,
    ),
    Flaw.SHEET_READ: (
        Bilingual("Excel のシート「{sheet}」を読みました。", "Read the sheet {sheet} of an Excel file."),
        _FINE,
    ),
    Flaw.HEADING_LOWER: (
        Bilingual(
            "見出しはこの行です。前の {count} 行は読みません。",
            "The headings stand here. Lines above that are passed over: {count}.",
        ),
        _FINE,
    ),
    Flaw.COLUMN_UNUSED: (Bilingual("使わない列: {headings}", "Columns that are not used: {headings}"), _FINE),
    Flaw.COLUMN_PASSED: (
        Bilingual(
            "{field}には「{used}」を使い、この列は使いません。", "{used} is taken for the {field}, and this one is not."
        ),
        Bilingual(
            "逆なら、設定の [roster.columns] で示してください。", "If it is to be this one, say so in [roster.columns]."
        ),
    ),
    Flaw.TOTALS: (
        Bilingual("人の行ではないので読みません（{value}）。", "It is no row of a person, and passed over ({value})."),
        _FINE,
    ),
    Flaw.SECOND_POSTS: (
        Bilingual("兼務の行を {count} 行、読みません。", "{count} rows of second posts are passed over."),
        _FINE,
    ),
    Flaw.INVISIBLE: (
        Bilingual(
            "見えない文字を取り除いたセルが {count} あります。", "Invisible characters were taken out of {count} cells."
        ),
        _FINE,
    ),
    Flaw.SERIALS: (
        Bilingual(
            "Excel の通し番号として読んだ日付が {count} あります（{value} は {day}）。",
            "{count} dates were read as Excel's serial numbers ({value} is {day}).",
        ),
        _FINE,
    ),
    Flaw.PADDED: (
        Bilingual(
            "{count} 件の職員番号に頭の 0 を補い、{digits} 桁にしました。",
            "Zeros were put before {count} personnel numbers: {digits} digits.",
        ),
        _FINE,
    ),
    Flaw.TEXT_MARK: (
        Bilingual(
            '文字列の印（\' や ="…"）を取った番号が {count} あります。',
            'A mark of text (\' or ="…") was taken off {count} numbers.',
        ),
        _FINE,
    ),
}
