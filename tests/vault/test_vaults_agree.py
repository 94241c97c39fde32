"""Whatever is done to vaults, in whatever order: all kinds of them say the same."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from civicsns.clock import SystemClock
from civicsns.errors import AuthorizationLost
from civicsns.model import Account, Credential, CredentialKind, Held, Secret
from civicsns.store.memory import MemoryStore
from civicsns.testing.vault_contract import REASON
from civicsns.vault import keys, rotation
from civicsns.vault.file import CredentialFile
from civicsns.vault.keys import Keys
from civicsns.vault.memory import MemoryVault
from civicsns.vault.sealed import SealedVault

accounts = st.sampled_from([Account(id="x:a", platform="x"), Account(id="x:b", platform="x")])
credentials = st.builds(
    Credential,
    platform=st.just("x"),
    kind=st.sampled_from(CredentialKind),
    secrets=st.dictionaries(st.sampled_from(["access_token", "refresh_token"]), st.text(max_size=5).map(Secret)),
    subject=st.sampled_from(["", "42"]),
    scopes=st.sets(st.sampled_from(["tweet.read", "tweet.write"])),
    generation=st.integers(0, 4),
)


class VaultsAgree(RuleBasedStateMachine):
    """One in memory, one in a file, one sealed in a store whose keys change."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        store = MemoryStore()
        first, second = (partial(keys.parse, keys.generate(), place="test") for _ in range(2))
        self.sealed = [
            SealedVault(store, held, programme="武雄市", clock=SystemClock())
            for held in (Keys(first), Keys(second, [first]))
        ]
        self.vaults: list[MemoryVault | CredentialFile | SealedVault] = [
            MemoryVault(),
            CredentialFile(Path(self.folder.name) / "c.json"),
            *self.sealed[:1],
        ]

    def teardown(self) -> None:
        self.folder.cleanup()

    def all_say(self, call: str, account: Account, *arguments: object, **named: object) -> None:
        said = [getattr(vault, call)(account, *arguments, **named) for vault in self.vaults]
        assert said[:1] * 3 == said, call

    @rule(account=accounts, credential=credentials)
    def put(self, account: Account, credential: Credential) -> None:
        self.all_say("put", account, credential)

    @rule(account=accounts)
    def destroy(self, account: Account) -> None:
        self.all_say("destroy", account)

    @rule(account=accounts, generation=st.none() | st.integers(0, 4))
    def mark_lost(self, account: Account, generation: int | None) -> None:
        self.all_say("mark_lost", account, REASON, generation=generation)

    @rule(account=accounts, credential=credentials)
    def begin(self, account: Account, credential: Credential) -> None:
        self.all_say("begin", account, credential)

    @rule(account=accounts, credential=credentials)
    def settle(self, account: Account, credential: Credential) -> None:
        self.all_say("settle", account, credential)

    @rule(account=accounts, credential=credentials, kept=st.booleans())
    def succeed(self, account: Account, credential: Credential, *, kept: bool) -> None:
        held = self.vaults[0].remains(account)
        if held is not None:
            # What a process has in its hands: what is kept, or what was kept once.
            credential = held if kept else attrs.evolve(held, generation=held.generation - 1)
        self.all_say("succeed", account, credential, attrs.evolve(credential, generation=credential.generation + 1))

    @rule(data=st.booleans())
    def rotate(self, *, data: bool) -> None:
        """Both keys open everything from then on."""
        rotation.rotate(self.sealed[1], by="1042", data=data)
        self.vaults[2] = self.sealed[1]

    @invariant()
    def they_hold_the_same(self) -> None:
        for account in (Account(id="x:a", platform="x"), Account(id="x:b", platform="x")):
            remains = [vault.remains(account) for vault in self.vaults]
            opened = [self.opened(vault, account) for vault in self.vaults]
            assert remains[:1] * 3 == remains
            assert opened[:1] * 3 == opened
        held = [[shown(one) for one in vault.held()] for vault in self.vaults]
        assert held[:1] * 3 == held

    @staticmethod
    def opened(vault: MemoryVault | CredentialFile | SealedVault, account: Account) -> Credential | str:
        try:
            return vault.get(account)
        except AuthorizationLost as lost:
            return lost.what.en


def shown(held: Held) -> Held:
    """Leave out what only some of them count."""
    return attrs.evolve(held, version=0, begun_at=None)


TestVaultsAgree = VaultsAgree.TestCase
TestVaultsAgree.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
