"""
Japanese names in Latin letters: Taro Yamada, SATO Hanako.

A surname and a given name must stand beside each other, both of them common: one alone is as often a place, a firm or a
word of another language. The lists were written down by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAIR = re.compile("[A-Za-z],? [A-Za-z]")
_WORD = re.compile("[A-Za-z]++")
_BETWEEN = frozenset({" ", ", "})

_SURNAMES = frozenset(
    """
    abe adachi aoki aoyama arai araki asano baba chiba doi endo fujii fujimoto fujita fujiwara fukuda furukawa goto hamada
    hara harada hasegawa hashimoto hatano hattori hayashi hirai hirano hirata hirose honda hoshino ichikawa iida ikeda
    imai inoue ishida ishihara ishii ishikawa ito itoh iwasaki kaneko kataoka kato katoh kawaguchi kawai kawakami kawamura
    kawasaki kikuchi kimura kinoshita kitamura kobayashi koike kojima komatsu kondo kubo kudo kuroda maeda maruyama
    masuda matsuda matsui matsumoto matsuo minami mitani miura miyamoto miyata miyazaki mizuno mochizuki mori morita
    murakami murata nagai nagata naito nakagawa nakai nakajima nakamura nakano nakashima nakayama nishida nishikawa
    nishimura nishiyama noda noguchi nomura ogawa ohno ohta oishi okada okamoto okazaki okubo onishi ono osawa ota otani
    otsuka oyama ozaki ozawa saito saitoh sakai sakamoto sakurai sano sasaki sato satoh sawada shibata shimada shimizu
    shimura sugawara sugimoto sugiyama suzuki tachibana tada taguchi takada takagi takahashi takano takayama takeda
    takeuchi tamura tanabe tanaka taniguchi terada toda tsuchiya tsuda uchida uchiyama ueda uemura ueno ushijima wada
    watanabe yagi yamada yamagishi yamaguchi yamamoto yamanaka yamashita yamauchi yamazaki yasuda yokota yokoyama
    yoshida yoshikawa yoshimura
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

_GIVEN = frozenset(
    """
    ai aiko akane akemi aki akiko akio akira asami asuka atsuko atsushi aya ayaka ayako ayumi chie chieko chika chiyo daichi
    daiki daisuke eiji eiko emi emiko eri eriko etsuko fumiko fumio goro hana hanako haruka haruki haruko haruto hayato
    hideaki hideki hideko hideo hidetoshi hina hinata hiroaki hiroki hiroko hiromi hiroshi hiroto hiroyuki hisashi hitomi
    hitoshi ichiro isamu jiro jun junichi junko kana kaori kaoru katsumi kazue kazuhiro kazuko kazumi kazuo kazuya keiichi
    keiji keiko keisuke ken kenichi kenji kenta kenzo kiyoshi koichi koji kota kumiko kunio kyoko mai maki makoto mami mana
    manabu mari mariko masaaki masahiro masaki masako masami masao masaru masashi masato masayuki mayumi megumi michiko
    mie mieko mika miki miku minoru mio misaki mitsuko mitsuo miyuki miwa momoko motoko naoki naoko naomi natsuki natsumi
    nobuko nobuo nobuyuki noboru norio noriko osamu rei reiko rie rika riko rina risa rumi ryo ryoko ryota ryuji sachiko
    saki sakura satomi satoru satoshi sayaka sayuri seiichi seiji setsuko shigeo shigeru shin shingo shinichi shinji
    shinobu shinya shiori shizuka shizuko sho shogo shoji shota shun shunsuke sota sumiko susumu taichi tadashi taiki
    takahiro takako takao takashi takayuki takeshi taku takuma takumi takuya tamiko taro tatsuo tatsuya tetsuo tetsuya
    tomohiro tomoko tomomi toru toshiaki toshiko toshio tsutomu tsuyoshi wataru yasuhiro yasuko yasuo yasushi yoichi yoko
    yoshie yoshiko yoshio yosuke yu yui yuichi yuji yuka yukari yuki yukiko yukio yuko yumi yumiko yuri yusuke yuta yutaka
    yuto yutaro
    """.split()  # noqa: SIM905 -- same
)


def latin_names(text: str) -> Iterator[tuple[int, int]]:
    """Give where surname and given name stand beside each other, in either order."""
    if _PAIR.search(text) is None:
        return
    before, start, end = "", 0, 0
    for word in _WORD.finditer(text):
        after = word.group().lower()
        if (
            ((before in _SURNAMES and after in _GIVEN) or (before in _GIVEN and after in _SURNAMES))
            and text[end : word.start()] in _BETWEEN
        ):  # fmt: skip
            yield start, word.end()
            before = ""
            continue
        before, (start, end) = after, word.span()
