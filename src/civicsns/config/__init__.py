"""
Settings from `civicsns.toml`: checked whole before anything happens, every fault with its place and its mend.

Secrets do not stand in the file: it names the environment variable or the file that holds them.
"""

from civicsns.config.file import load
from civicsns.config.profile import Asked, ProfileSettings
from civicsns.config.settings import (
    PACKS,
    ContextSettings,
    CountedFrom,
    DeliverySettings,
    EngineName,
    EnrolmentSettings,
    KeySource,
    LifecycleSettings,
    PermissionSettings,
    PersonalAccounts,
    PersonalShown,
    PolicySettings,
    ProgrammeSettings,
    RecordSettings,
    RegisterSettings,
    RosterSettings,
    RunningSettings,
    Settings,
    StoreAddress,
    VaultSettings,
    VerificationSettings,
    WrapperSource,
)
from civicsns.config.structure import structure

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
