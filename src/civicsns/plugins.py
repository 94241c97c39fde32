"""
Adapters and rule sets, found by entry points and enabled by configuration alone.

The built-in ones come through the same door as anybody's: the groups `civicsns.adapters` and `civicsns.rules`.
"""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.ports import Adapter, Clock, Configurable, Rule

ADAPTERS = "civicsns.adapters"
RULES = "civicsns.rules"


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


def rules(name: str, *, place: str) -> tuple[Rule, ...]:
    """
    Load a rule set.

    Raises:
        ConfigurationError: If there is none of that name, or it cannot be loaded.
    """
    return tuple(cast("tuple[Rule, ...]", _load(RULES, name, f"{place}: policy.rules")))


def _load(group: str, name: str, place: str) -> object:
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
    return _loaded(found[name], place)


def _loaded(point: EntryPoint, place: str) -> object:
    try:
        return point.load()
    except ImportError as error:
        raise ConfigurationError(
            Bilingual(
                f"プラグイン「{point.name}」に必要な {error.name} がありません。",
                f"The plugin {point.name!r} needs {error.name}, which is not installed.",
            ),
            mend=Bilingual(
                f"プラグインの説明にある追加パッケージ（{error.name}）をインストールしてください。",
                f"Install the extra that the plugin's documentation names (it holds {error.name}).",
            ),
            place=place,
        ) from error
