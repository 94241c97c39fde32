"""
Adapters, rule sets, rule packs and key services, found by entry points and enabled by configuration alone.

The built-in ones come through the same door as anybody's: the groups `civicsns.adapters`, `civicsns.rules`,
`civicsns.packs` and `civicsns.keys`.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import attrs

from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.policy import packfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from civicsns.policy.notice import Notice
    from civicsns.policy.pack import Pack
    from civicsns.ports import Adapter, Clock, Configurable, ConfigurableWrapper, KeyWrapper, Rule

ADAPTERS = "civicsns.adapters"
RULES = "civicsns.rules"
PACKS = "civicsns.packs"
KEYS = "civicsns.keys"
_OURS = "civicsns.policy.packs."


@attrs.frozen(kw_only=True)
class Conduct:
    """
    What holds in a city 投稿規範: packs with its overlay.

    Attributes:
        pack: The rules.
        entitled: The personnel numbers of those who may waive one.
        notices: What in the overlay does nothing, or not for long.
    """

    pack: Pack
    entitled: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()


def adapter(name: str, settings: Mapping[str, Any], *, place: str, clock: Clock) -> Adapter:
    """
    Make the adapter that the settings ask for.

    Args:
        name: The table's name, such as `x`; the key `adapter` in it may name another entry point.
        settings: The table.
        place: The settings file, for messages.
        clock: Where the time comes from.

    Raises:
        ConfigurationError: If there is no such adapter, it cannot be loaded, or its settings are wrong.
    """
    where = f"{place}: networks.{name}"
    own = {key: value for key, value in settings.items() if key != "adapter"}
    made = cast("type[Configurable]", _load(ADAPTERS, str(settings.get("adapter", name)), where))
    return cast("Adapter", made.configure(own, place=where, clock=clock))


def wrapper(name: str, options: Mapping[str, Any], *, place: str) -> KeyWrapper:
    """
    Make the key-management service that the settings ask for.

    Args:
        name: Its entry point, which names something with a method `configure`, as adapters have it.
        options: What the settings say beside the name.
        place: Where they say it, for messages.

    Raises:
        ConfigurationError: If there is none of that name, it cannot be loaded, or what it is told is wrong.
    """
    made = cast("type[ConfigurableWrapper]", _load(KEYS, name, place))
    return made.configure(options, place=place)


def rules(name: str, *, place: str) -> tuple[Rule, ...]:
    """
    Load a rule set.

    Raises:
        ConfigurationError: If there is none of that name, or it cannot be loaded.
    """
    return tuple(cast("tuple[Rule, ...]", _load(RULES, name, f"{place}: policy.rules")))


def pack(name: str, *, place: str) -> Pack:
    """
    Read a rule pack; its entry point names a Python package in whose folder the TOML files are.

    Raises:
        ConfigurationError: If there is none of that name; a `PackError` if it is wrong.
    """
    point = _found(PACKS, name, place)
    try:
        folder = files(point.module)
    except ImportError as error:
        raise _missing(point, error, place) from error
    if point.module.startswith(_OURS):
        return _builtin(folder.name)
    return packfile.read(folder)


@cache
def _builtin(name: str) -> Pack:
    """Read a pack of ours once; programmes of one process share it, and what is made ready of it."""
    return packfile.builtin(name)


def conduct(packs: Sequence[str], overlay: Path | None, *, today: date, place: str) -> Conduct:
    """
    Read what holds in a city.

    Args:
        packs: The names of the packs; none where the overlay says which.
        overlay: The city's `policy.toml`, or None.
        today: The day, in the city's zone: what an overlay lowers ends by it.
        place: The settings file, for messages.

    Raises:
        ConfigurationError: If there is no pack of such a name; a `PackError` if a pack or the overlay is wrong.
    """
    city = None
    if overlay is not None:
        from civicsns.policy.overlay import read  # noqa: PLC0415 -- a city without one does not pay for it

        city = read(overlay)
    wanted = dict.fromkeys(packs, f"{place}: policy.packs")
    for name in city.extends if city else ():
        wanted.setdefault(name, f"{overlay}: extends")
    whole = packfile.merged([pack(name, place=where) for name, where in wanted.items()])
    if city is None:
        return Conduct(pack=whole)
    applied, notices = city.apply(whole, today)
    return Conduct(pack=applied, entitled=city.entitled, notices=notices)


def _load(group: str, name: str, place: str) -> object:
    return _loaded(_found(group, name, place), place)


def _found(group: str, name: str, place: str) -> EntryPoint:
    found = {point.name: point for point in entry_points(group=group)}
    if name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        hint = near or sorted(found)
        raise ConfigurationError(
            Bilingual(f"「{name}」というプラグインはありません。", f"There is no plugin {name!r}."),
            mend=Bilingual(
                f"{'、'.join(hint)} から選ぶか、パッケージをインストールしてください。",
                f"Choose from {', '.join(hint)}, or install the package that has it.",
            ),
            place=place,
        )
    return found[name]


def _loaded(point: EntryPoint, place: str) -> object:
    try:
        return point.load()
    except ImportError as error:
        raise _missing(point, error, place) from error


def _missing(point: EntryPoint, error: ImportError, place: str) -> ConfigurationError:
    return ConfigurationError(
        Bilingual(
            f"プラグイン「{point.name}」に必要な {error.name} がありません。",
            f"The plugin {point.name!r} needs {error.name}, which is not installed.",
        ),
        mend=Bilingual(
            f"プラグインの説明にある追加パッケージ（{error.name}）をインストールしてください。",
            f"Install the extra that the plugin's documentation names (it holds {error.name}).",
        ),
        place=place,
    )
