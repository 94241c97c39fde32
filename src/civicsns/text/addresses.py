"""
Addresses アドレス: mail and web addresses whose signs are written as words, in brackets, or as other signs.

An address that a program is not to find is written so that people do: taro (at) example.com, taro☆example.com,
hxxp://example[.]com. In a folded text they stand as addresses do.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Final

_OPEN, _CLOSE = "[({<〈《【「『〔", "])}>〉》】」』〕"
_OPENED, _CLOSED = f"[{re.escape(_OPEN)}] ?", f" ?[{re.escape(_CLOSE)}]"
_LABEL = "[a-z0-9-]{1,63}"
# Behind a sign that is often something else, only these make an address.
_TOP = "com|net|org|info|biz|jp"
# And these before a path.
_SHORT = "ly|gl|gd|me|io|to|cc|co|tv"
_SECOND = "co|ne|or|lg|go|ac|ed|gr"
_STARS = "☆★◎●"

#: What stands for something else, and for what; to be looked for in this order.
DISGUISES: Final = (
    (re.compile(r"(?<![a-z])h(?:xx|\*\*|〇〇)p(?=s?:)"), "http"),
    (
        re.compile(
            rf"(?<=[a-z0-9])[ \n]{{0,2}}(?:{_OPENED}(?:dot|ドット|どっと|\.){_CLOSED}|ドット|どっと)[ \n]{{0,2}}(?=[a-z0-9])"
        ),
        ".",
    ),
    (
        re.compile(
            rf"(?<=[a-z0-9])(?: \. ?|[・。])(?=(?:{_TOP}|(?:{_SECOND}) ?[.・。] ?jp)(?![a-z0-9])|(?:{_SHORT}) ?/)"
        ),
        ".",
    ),
    (re.compile(rf"(?<=[a-z0-9]\.(?:{_SHORT}))(?: /|/ | / )(?=[a-z0-9])"), "/"),
    (re.compile(rf"(?<=[a-z0-9]) at (?={_LABEL}(?:\.{_LABEL})? dot [a-z])"), "@"),
    (re.compile(rf"(?<=[a-z0-9]) dot (?=(?:{_TOP}|(?:{_SECOND})(?: dot |\.)jp)(?![a-z0-9]))"), "."),
    (
        re.compile(
            rf"(?<=[a-z0-9])(?:[ \n]{{0,2}}(?:{_OPENED}(?:at|アット|あっと|@){_CLOSED}|アット(?:マーク)?|あっと(?:まーく)?)[ \n]{{0,2}}"
            rf"|[{_STARS}]|[ \n]{{0,2}}@[ \n]{{1,2}})(?={_LABEL}(?:\.{_LABEL}){{1,8}}(?![a-z0-9]))"
        ),
        "@",
    ),
)

#: Where one of `DISGUISES` is, there is one of these.
TRIPWIRES: Final = (
    *("hxxp", "h**p", "h〇〇p"),
    *("アット", "あっと", "ドット", "どっと", " dot ", " .", "@ ", "@\n"),
    *map("".join, product(_OPEN, ("", " "), ("at", "dot", ".", "@"))),
    *map("".join, product("・。", (*_TOP.split("|"), *_SECOND.split("|"), *_SHORT.split("|")))),
    *map("".join, product(".", _SHORT.split("|"), (" /", "/ "))),
    *map("".join, product("abcdefghijklmnopqrstuvwxyz0123456789", _STARS)),
)
