"""
Invent the staff of the Takeo example: 390 people who do not exist, with an X account each and a Page a section.

Run: python tools/invent_roster.py examples/takeo
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

SURNAMES = [
    "田中",
    "山口",
    "松尾",
    "古賀",
    "中島",
    "池田",
    "井上",
    "吉田",
    "江口",
    "原田",
    "山下",
    "西村",
    "森",
    "福田",
    "野口",
    "前田",
    "馬場",
    "川崎",
    "石橋",
    "宮崎",
    "樋口",
    "北島",
    "大坪",
    "草場",
    "諸岡",
    "副島",
]
GIVEN = {
    "花子": "hanako", "美咲": "misaki", "陽子": "yoko", "恵": "megumi", "由美": "yumi", "さくら": "sakura",
    "直美": "naomi", "千尋": "chihiro", "明日香": "asuka", "理沙": "risa", "翔": "sho", "健太": "kenta",
    "大輔": "daisuke", "誠": "makoto", "拓也": "takuya", "直樹": "naoki", "和也": "kazuya", "浩二": "koji",
    "修": "osamu", "豊": "yutaka",
}  # fmt: skip
SECTIONS = {
    "観光課": "kanko", "農林課": "norin", "商工課": "shoko", "総務課": "somu", "企画課": "kikaku", "財政課": "zaisei",
    "税務課": "zeimu", "市民課": "shimin", "健康課": "kenko", "福祉課": "fukushi", "こども未来課": "kodomo",
    "環境課": "kankyo", "建設課": "kensetsu", "都市計画課": "toshi", "下水道課": "gesui", "水道課": "suido",
    "防災・減災課": "bosai", "教育総務課": "kyoiku", "生涯学習課": "shogai", "文化課": "bunka", "図書館": "toshokan",
    "会計課": "kaikei", "議会事務局": "gikai", "農業委員会事務局": "nogyo", "選挙管理委員会事務局": "senkyo",
    "フェイスブック係": "facebook",
}  # fmt: skip
STAFF = 390


def main(into: Path) -> None:
    """Write `people.csv` and `accounts.csv`; the same every time."""
    chance = random.Random(2010)  # noqa: S311 -- invented people need no secrecy
    names = [(surname, given) for surname in SURNAMES for given in GIVEN]
    chance.shuffle(names)
    sections = list(SECTIONS)
    people = [
        (
            f"{1001 + index}",
            f"{surname} {given}",
            sections[index % len(sections)],
            GIVEN[given],
        )
        for index, (surname, given) in enumerate(names[:STAFF])
    ]
    with (into / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["職員番号", "氏名", "所属"])
        writer.writerows(person[:3] for person in people)
    with (into / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["アカウントID", "媒体", "ユーザー名", "所管課", "管理者", "個人", "投稿者"])
        for number, _, section, romaji in people:
            # X takes at most 15 characters.
            writer.writerow([f"x:{number}", "x", f"tk{number}_{romaji}"[:15], section, number, "はい", ""])
        for section, romaji in SECTIONS.items():
            steward = next(number for number, _, own, _ in people if own == section)
            writer.writerow([f"facebook:{romaji}", "facebook", f"takeo.{romaji}", section, steward, "いいえ", "所管課"])
        festival = next(number for number, _, own, _ in people if own == "商工課")
        # The festival is everybody's; whoever is on its ground posts.
        ground = " ".join(number for number, _, own, _ in people if own == "観光課")
        writer.writerow(
            ["facebook:matsuri", "facebook", "takeo.matsuri", "商工課", festival, "いいえ", f"所管課 {ground}"]
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
