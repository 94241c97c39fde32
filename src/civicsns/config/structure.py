"""Tables of TOML made into values of settings."""

from __future__ import annotations

import os
import re
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from civicsns.config.faults import Wrong, faults
from civicsns.config.records import KeySource
from civicsns.config.settings import StoreAddress
from civicsns.config.vault import WrapperSource
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.model.credential import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cattrs import Converter

T = TypeVar("T")

#: A path, and not a key that somebody wrote where its path belongs: those have 43 characters and no dot or slash.
_NO_KEY = re.compile(r"(?=.*[./\\]).+|.{1,42}")


def structure(kind: type[T], mapping: Mapping[str, Any], *, place: str) -> T:
    """
    Make a settings value of *kind* from a table; adapters use it for their own tables.

    A field of type `Secret` takes `{ env = "NAME" }` or `{ file = "path" }`, never the secret itself.
    A field of type `timedelta` takes seconds.

    Raises:
        ConfigurationError: Naming every unknown, missing and wrong key, with the mend.
    """
    from cattrs.errors import BaseValidationError  # noqa: PLC0415 -- loaded with the converter

    try:
        return _converter().structure(dict(mapping), kind)
    except BaseValidationError as error:
        found = list(faults(error, kind, ()))
    what_ja = "".join(fault.ja for fault in found)
    what_en = " ".join(fault.en for fault in found)
    # Not chained: the original error quotes values, and a value may be a secret in the wrong place.
    raise ConfigurationError(
        Bilingual(what_ja, what_en),
        mend=Bilingual("設定を直してから、もう一度実行してください。", "Mend the settings and run again."),
        place=place,
    ) from None


@lru_cache(maxsize=1)
def _converter() -> Converter:
    from cattrs import Converter  # noqa: PLC0415 -- 50 ms that `import civicsns` does not pay

    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(Secret, lambda value, _: _secret(value))
    converter.register_structure_hook(StoreAddress, lambda value, _: _store(value))
    converter.register_structure_hook(KeySource, lambda value, _: _key(value))
    converter.register_structure_hook(WrapperSource, lambda value, _: _wrapper(value))
    converter.register_structure_hook(timedelta, lambda value, _: _seconds(value))
    converter.register_structure_hook(ZoneInfo, lambda value, _: _zone(value))
    converter.register_structure_hook(StrEnum, lambda value, kind: _one_of(kind, value))
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], lambda value, _: _texts(value))
    converter.register_structure_hook(Path, lambda value, _: Path(_exactly(str, value)))
    converter.register_structure_hook_func(lambda kind: kind == frozenset[date], lambda value, _: _dates(value))
    for plain in (str, int, float, bool, time):
        converter.register_structure_hook(plain, lambda value, kind: _exactly(kind, value))
    return converter


def _exactly(kind: type[Any], value: Any) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise Wrong(Bilingual(f"{_KINDS[kind].ja}を書いてください。", f"It takes {_KINDS[kind].en}."))
    return value


def _one_of(kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise Wrong(Bilingual(f"{known} のいずれかを書いてください。", f"It takes one of: {known}.")) from None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise Wrong(Bilingual('["…", "…"] のように書いてください。', 'It takes a list of strings, ["…", "…"].'))
    return tuple(value)


def _dates(value: Any) -> frozenset[date]:
    # A datetime is a date to Python, and no day to a calendar.
    if not isinstance(value, (list, tuple)) or not all(type(item) is date for item in value):
        raise Wrong(Bilingual("[2026-11-04, …] のように書いてください。", "It takes a list of dates, [2026-11-04, …]."))
    return frozenset(value)


_KINDS = {
    str: Bilingual("文字列", "a string"),
    int: Bilingual("整数", "a whole number"),
    float: Bilingual("数値", "a number"),
    bool: Bilingual("true か false", "true or false"),
    time: Bilingual("09:00:00 のような時刻", "a time, such as 09:00:00"),
}


def _seconds(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise Wrong(Bilingual("0 以上の秒数を書いてください。", "It takes a number of seconds, 0 or more."))
    return timedelta(seconds=value)


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError):
        raise Wrong(
            Bilingual(
                "「Asia/Tokyo」のような時間帯名を書いてください。", "It takes a time zone's name, such as Asia/Tokyo."
            )
        ) from None


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((source, name),) = value.items()
        if source == "env" and isinstance(name, str):
            found = os.environ.get(name)
            if not found:
                raise Wrong(
                    Bilingual(f"環境変数 {name} が設定されていません。", f"The environment variable {name} is not set.")
                )
            return Secret(found)
        if source == "file" and isinstance(name, str):
            try:
                return Secret(Path(name).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError):
                raise Wrong(Bilingual(f"ファイル {name} を読めません。", f"The file {name} cannot be read.")) from None
    raise Wrong(
        Bilingual(
            '秘密は設定ファイルに書かず、{ env = "変数名" } か { file = "パス" } で示してください。',
            'A secret does not stand in the settings: name its source, { env = "NAME" } or { file = "PATH" }.',
        )
    )


def _store(value: Any) -> StoreAddress:
    if isinstance(value, str) and "://" not in value:
        return StoreAddress(path=Path(value))
    url = Secret(value) if isinstance(value, str) else _secret(value)
    try:
        parts = urlsplit(url.reveal())
        password = parts.password or "password=" in parts.query
    except ValueError:
        # Not chained: the error may quote the address, password and all.
        parts, password = None, None
    if parts is None or parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise Wrong(
            Bilingual(
                "ファイルの場所か、postgresql://… という URL を書いてください。",
                "It takes a file's path, or a URL that begins with postgresql://.",
            )
        )
    if password and isinstance(value, str):
        raise Wrong(
            Bilingual(
                'パスワードは設定ファイルに書かず、URL 全体を { env = "変数名" } か { file = "パス" } で示してください。',
                'A password does not stand in the settings: name the source of the whole URL, { env = "NAME" } or { file = "PATH" }.',
            )
        )
    return StoreAddress(url=url)


def _key(value: Any) -> KeySource:
    if isinstance(value, str) and "-----" not in value:
        return KeySource(path=Path(value))
    if isinstance(value, dict) and len(value) == 1:
        ((source, name),) = value.items()
        if source in {"env", "file"} and isinstance(name, str):
            return KeySource(env=name) if source == "env" else KeySource(path=Path(name))
    raise Wrong(
        Bilingual(
            '鍵は設定ファイルに書かず、ファイルの場所か { env = "変数名" } で示してください。',
            'The key does not stand in the settings: name its file, or { env = "NAME" }.',
        )
    )


def _wrapper(value: Any) -> WrapperSource:
    if isinstance(value, str) and _NO_KEY.fullmatch(value):
        return WrapperSource(path=Path(value))
    if isinstance(value, dict):
        match value:
            case {"file": str(name), **rest} if not rest:
                return WrapperSource(path=Path(name))
            case {"env": str(name), **rest} if not rest:
                return WrapperSource(env=name)
            case {"keyring": str(name), **rest} if not rest:
                return WrapperSource(keyring=name)
            case {"kms": str(name), **rest}:
                return WrapperSource(kms=name, options=rest)
            case _:
                pass
    raise Wrong(
        Bilingual(
            '鍵は設定ファイルに書かず、{ file = "パス" }、{ env = "変数名" }、{ keyring = "名前" }、{ kms = "名前" } のいずれかで示してください。',
            'The key does not stand in the settings: name its source, { file = "PATH" }, { env = "NAME" }, { keyring = "NAME" } or { kms = "NAME" }.',
        )
    )
