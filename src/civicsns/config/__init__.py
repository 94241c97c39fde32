"""
Settings from `civicsns.toml`: checked whole before anything happens, every fault with its place and its mend.

Secrets do not stand in the file: it names the environment variable or the file that holds them.
"""

from civicsns.config.delivery import DeliverySettings, EngineName, RunningSettings
from civicsns.config.file import load
from civicsns.config.people import LifecycleSettings, PersonalAccounts, RosterSettings
from civicsns.config.profile import Asked, ProfileSettings
from civicsns.config.records import CountedFrom, KeySource, RecordSettings
from civicsns.config.rules import PACKS, ContextSettings, PolicySettings
from civicsns.config.settings import (
    EnrolmentSettings,
    PermissionSettings,
    PersonalShown,
    ProgrammeSettings,
    RegisterSettings,
    Settings,
    StoreAddress,
    VerificationSettings,
)
from civicsns.config.structure import structure
from civicsns.config.vault import VaultSettings, WrapperSource

__all__ = [
    "PACKS",
    "Asked",
    "ContextSettings",
    "CountedFrom",
    "DeliverySettings",
    "EngineName",
    "EnrolmentSettings",
    "KeySource",
    "LifecycleSettings",
    "PermissionSettings",
    "PersonalAccounts",
    "PersonalShown",
    "PolicySettings",
    "ProfileSettings",
    "ProgrammeSettings",
    "RecordSettings",
    "RegisterSettings",
    "RosterSettings",
    "RunningSettings",
    "Settings",
    "StoreAddress",
    "VaultSettings",
    "VerificationSettings",
    "WrapperSource",
    "load",
    "structure",
]
