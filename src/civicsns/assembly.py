"""From a settings file to the parts of a programme: roster, networks, rules, vault, store and engine."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypedDict, cast

from civicsns import config, plugins
from civicsns.accounts import register, roster
from civicsns.clock import SystemClock
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.policy import likeness
from civicsns.ports import Safe
from civicsns.vault import keys as vault_keys
from civicsns.vault.file import CredentialFile
from civicsns.vault.keys import Keys
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping
    from datetime import date, tzinfo
    from pathlib import Path

    from civicsns.accounts.roster import Roster
    from civicsns.model import Calendar, Person, Severity
    from civicsns.model.budget import BudgetSettings, SimilarSettings
    from civicsns.policy.circumstances import Circumstances
    from civicsns.policy.engine import Policy
    from civicsns.policy.pack import Pack
    from civicsns.ports import Adapter, Clock, Engine, KeyWrapper, Rule, SafeStore, Store, Vault
    from civicsns.store.sql import SqlStore

_log = Events(__name__)


#: Packs made ready, by id; the pack beside it keeps its id from becoming another's.
_ready: dict[int, tuple[Pack, Policy]] = {}
_MOST_READY = 4


class Parts(TypedDict):
    """What `civicsns.program.Program` is made of; it says what each part is for."""

    roster: Roster
    adapters: Mapping[str, Adapter]
    rules: Iterable[Rule]
    pack: Policy | None
    vault: Vault | None
    sealer: Sealer | None
    store: Store
    engine: Engine | None
    clock: Clock
    settings: config.DeliverySettings
    budgets: Mapping[str, BudgetSettings]
    similar: SimilarSettings
    running: config.RunningSettings
    severity: Mapping[str, Severity]
    entitled: Collection[str]
    records: config.RecordSettings
    name: str
    zone: tzinfo
    calendar: Calendar
    lifecycle: config.LifecycleSettings
    verification: config.VerificationSettings
    circumstances: Circumstances
    epoch: Path | None
    enrolment: config.EnrolmentSettings
    permissions: config.PermissionSettings
    public: config.RegisterSettings
    profiles: config.ProfileSettings


@contextmanager
def assembled(
    path: Path, *, vault: Vault | None, store: Store | None, engine: Engine | None, clock: Clock | None
) -> Generator[Parts]:
    """
    Make the parts that the settings describe, in a `with` statement; whoever takes them over closes them.

    Args:
        path: `civicsns.toml`.
        vault: Instead of the file that the settings name.
        store: Instead of the database that the settings name; it is not closed here.
        engine: Instead of what the settings name.
        clock: Where the time comes from.

    Raises:
        ConfigurationError: If the settings, the roster, a plugin, the credentials' file or the store's address is
            wrong or missing.
        StoreError: If the store is locked, full, read-only, damaged or out of reach.
    """
    settings = config.load(path)
    clock = clock or SystemClock()
    programme = settings.programme
    if vault is None and programme.credentials is not None:
        vault = CredentialFile(programme.credentials, clock=clock)
    # A file that is wrong is told before the store is touched.
    read = in_files(settings)
    today = clock.now().astimezone(programme.timezone).date()
    held = conduct(settings.policy, today=today, place=str(path))
    rules = written(settings.policy, held, place=str(path))
    _require_shared(path, settings)
    adapters = {
        made.platform: made
        for made in (
            plugins.adapter(name, table, place=str(path), clock=clock) for name, table in settings.networks.items()
        )
    }
    for platform in settings.budget:
        roster.look_up(platform, adapters, place=f"{path}: budget", kind=Bilingual("媒体", "network"))
    opened = None
    if store is None:
        store = opened = _opened(programme.store)
    sealer = None
    try:
        if settings.vault is not None:
            bound = settings.vault.programme or programme.name
            held_by = keys(settings.vault, place=str(path))
            sealer = Sealer(held_by, programme=bound)
            if vault is None:
                vault = SealedVault(_require_safe(store, path), held_by, programme=bound, clock=clock)
        yield Parts(
            roster=read or register.roster(store),
            adapters=adapters,
            rules=rules,
            pack=looking(held),
            vault=vault,
            sealer=sealer,
            store=store,
            engine=engine or _engine(settings, networks=adapters, clock=clock),
            clock=clock,
            settings=settings.delivery,
            budgets=settings.budget,
            similar=settings.similar,
            running=settings.running,
            severity=settings.policy.severity,
            entitled=held.entitled if held else (),
            records=settings.records,
            name=programme.name,
            zone=programme.timezone,
            calendar=settings.calendar,
            lifecycle=settings.lifecycle,
            verification=settings.verification,
            circumstances=circumstances(settings),
            epoch=programme.epoch,
            enrolment=settings.enrolment,
            permissions=settings.permissions,
            public=settings.register,
            profiles=settings.profiles,
        )
    except BaseException:
        if opened is not None:
            opened.close()
        raise


def in_files(settings: config.Settings) -> Roster | None:
    """
    Read the roster and the accounts from the files that the settings name; None where the register in the store says.

    Raises:
        ConfigurationError: If a file is wrong.
    """
    programme = settings.programme
    if programme.people is None or programme.accounts is None:
        return None
    return roster.read(people=programme.people, accounts=programme.accounts, form=settings.roster)


def people(settings: config.Settings) -> Mapping[str, Person]:
    """
    Read who works here, for those who need no more of a programme.

    Raises:
        ConfigurationError: If a file is wrong.
        StoreError: If the register is in the store, and that is out of order.
    """
    read = in_files(settings)
    if read is not None:
        return read.people
    with closing(_opened(settings.programme.store)) as store:
        return dict(register.roster(store).people)


def conduct(settings: config.PolicySettings, *, today: date, place: str) -> plugins.Conduct | None:
    """
    Read the rule packs that the settings name, with the city's overlay; None where they name none.

    Without a word in the settings, the packs are those that the overlay extends, and `jp-municipal` without an overlay.

    Args:
        settings: The table `[policy]`.
        today: The day, in the city's zone.
        place: The settings file, for messages.

    Raises:
        ConfigurationError: If there is no such pack, or a pack or the overlay is wrong.
    """
    packs = settings.packs
    if packs is None:
        packs = () if settings.overlay else config.PACKS
    if not packs and settings.overlay is None:
        return None
    return plugins.conduct(packs, settings.overlay, today=today, place=place)


def written(settings: config.PolicySettings, held: plugins.Conduct | None, *, place: str) -> tuple[Rule, ...]:
    """
    Load the rules in Python that the settings name.

    Args:
        settings: The table `[policy]`.
        held: The rules of packs.
        place: The settings file, for messages.

    Raises:
        ConfigurationError: If there is no such set, or a severity is given for a rule that is in none of them.
    """
    rules = tuple(rule for name in settings.rules for rule in plugins.rules(name, place=place))
    known: dict[str, object] = {**{rule.code: rule for rule in rules}, **likeness.TITLES}
    packed = {rule.code for rule in held.pack.rules} if held else set[str]()
    for code in settings.severity:
        if code not in known and code in packed:
            raise ConfigurationError(
                Bilingual(f"{code} は規範パックの規範です。", f"{code} is a rule of a pack."),
                mend=Bilingual(
                    f"policy.toml の [rules.{code}] に書き、[policy] overlay で指してください。",
                    f"Write it in [rules.{code}] of policy.toml, and name that in [policy] overlay.",
                ),
                place=f"{place}: policy.severity",
            )
        try:
            roster.look_up(code, known, place=f"{place}: policy.severity", kind=Bilingual("規範", "rule"))
        except BadInput as error:
            raise ConfigurationError(error.what, mend=error.mend, place=error.place) from None
    return rules


def looking(held: plugins.Conduct | None) -> Policy | None:
    """Make packs ready to look at drafts; None where there are none."""
    if held is None:
        return None
    from civicsns.policy.engine import Policy  # noqa: PLC0415 -- the automaton, which a store's commands do not need

    # Programmes of one process mostly share their pack, and making it ready takes a tenth of a second.
    if id(held.pack) not in _ready:
        if len(_ready) >= _MOST_READY:
            _ready.clear()
        _ready[id(held.pack)] = (held.pack, Policy(held.pack))
    return _ready[id(held.pack)][1]


def circumstances(settings: config.Settings) -> Circumstances:
    """Give where facts about circumstances come from, by the settings."""
    from civicsns.policy.circumstances import Circumstances  # noqa: PLC0415 -- as the rules that read it
    from civicsns.policy.elections import Elections  # noqa: PLC0415
    from civicsns.policy.shifts import Hours, Shifts  # noqa: PLC0415

    given, zone = settings.context, settings.programme.timezone
    hours = [Hours.of(written) for written in given.office_hours]
    return Circumstances(
        zone=zone,
        shifts=Shifts(given.shifts, office_hours=hours, calendar=settings.calendar, zone=zone)
        if given.shifts or hours
        else None,
        elections=Elections(given.elections, zone=zone, territory=given.territory) if given.elections else None,
    )


def _require_shared(path: Path, settings: config.Settings) -> None:
    if settings.running.engine is config.EngineName.PROCRASTINATE and settings.programme.store.url is None:
        raise ConfigurationError(
            Bilingual(
                "engine を procrastinate にするには、保管庫が PostgreSQL でなければなりません。",
                "The engine procrastinate needs PostgreSQL as the store.",
            ),
            mend=Bilingual(
                "programme.store に PostgreSQL の URL を書くか、engine を inline にしてください。",
                "Give programme.store the URL of a PostgreSQL database, or make the engine inline.",
            ),
            place=f"{path}: running.engine",
        )


def keys(settings: config.VaultSettings, *, place: str) -> Keys:
    """
    Say where the keys are that wrap those of envelopes; each is fetched when it is needed first.

    Args:
        settings: The table `[vault]`.
        place: The settings file, for messages.
    """

    def fetching(source: config.WrapperSource) -> Callable[[], KeyWrapper]:
        if source.path is not None:
            return partial(vault_keys.from_file, source.path)
        if source.env is not None:
            return partial(vault_keys.from_environment, source.env)
        if source.keyring is not None:
            return partial(vault_keys.from_keyring, source.keyring)
        assert source.kms is not None, "it is one of the four"
        return partial(plugins.wrapper, source.kms, source.options, place=f"{place}: vault.key")

    return Keys(fetching(settings.key), [fetching(source) for source in settings.previous])


def _require_safe(store: Store, path: Path) -> SafeStore:
    if not isinstance(store, Safe):
        raise ConfigurationError(
            Bilingual(
                "この保管庫は、封印した認証情報を保管できません。", "This store does not keep sealed credentials."
            ),
            mend=Bilingual(
                "[vault] を外すか、civicsns の保管庫を使ってください。",
                "Leave out [vault], or use a store of civicsns.",
            ),
            place=f"{path}: vault",
        )
    return cast("SafeStore", store)


def _engine(settings: config.Settings, *, networks: Iterable[str], clock: Clock) -> Engine | None:
    if settings.running.engine is config.EngineName.INLINE:
        return None
    from civicsns.engine.cluster import ProcrastinateEngine  # noqa: PLC0415 -- an extra

    return ProcrastinateEngine(
        settings.programme.store.url, networks=networks, concurrency=settings.delivery.concurrency, clock=clock
    )


def _opened(address: config.StoreAddress) -> SqlStore:
    from civicsns.store.sql import SqlStore  # noqa: PLC0415 -- a third of a second that other stores do not pay

    where = address.url or address.path
    assert where is not None, "the settings have a default"
    store = SqlStore(where)
    if store.migrated_from is not None:
        # The way back is the backup from before; `docs/store.md` tells how.
        _log.info("store.migrated", store=store.place, since=store.migrated_from)
    return store
