"""
The shapes that the outside must have: networks, rules, store, vault, engine, clock.

Anything with these methods fits; nothing needs to inherit.
Adapters and rules are found by entry points (`civicsns.adapters`, `civicsns.rules`) and enabled by configuration.
"""

from civicsns.ports.clock import Clock
from civicsns.ports.engine import Engine, Runs, Sweeps
from civicsns.ports.networks import (
    Adapter,
    AsksScopes,
    Configurable,
    DiscoversAccounts,
    Edits,
    Enrols,
    HandsOff,
    InspectsTokens,
    ReadsAgenda,
    ReadsMentions,
    ReadsMetrics,
    ReadsProfiles,
    Uploads,
)
from civicsns.ports.rules import Rule
from civicsns.ports.store import Archive, Heeds, Restorable, Store, Tidies
from civicsns.ports.vault import (
    ConfigurableWrapper,
    KeyWrapper,
    NamesKeys,
    PutsTogether,
    Refreshes,
    Remains,
    Safe,
    SafeStore,
    Vault,
)

__all__ = [
    "Adapter",
    "Archive",
    "AsksScopes",
    "Clock",
    "Configurable",
    "ConfigurableWrapper",
    "DiscoversAccounts",
    "Edits",
    "Engine",
    "Enrols",
    "HandsOff",
    "Heeds",
    "InspectsTokens",
    "KeyWrapper",
    "NamesKeys",
    "PutsTogether",
    "ReadsAgenda",
    "ReadsMentions",
    "ReadsMetrics",
    "ReadsProfiles",
    "Refreshes",
    "Remains",
    "Restorable",
    "Rule",
    "Runs",
    "Safe",
    "SafeStore",
    "Store",
    "Sweeps",
    "Tidies",
    "Uploads",
    "Vault",
]
