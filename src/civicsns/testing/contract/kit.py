"""The contract class that a third party inherits."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from civicsns.errors import OutcomeUnknown
from civicsns.ports import Adapter
from civicsns.testing.contract.enrolling import EnrollingChecks
from civicsns.testing.contract.faulty import FaultChecks
from civicsns.testing.contract.operations import Operation, needed_by, operations_of
from civicsns.testing.contract.preparing import PreparingChecks
from civicsns.testing.contract.publishing import PublishingChecks
from civicsns.testing.contract.reading import ReadingChecks
from civicsns.testing.contract.table import cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from civicsns.testing.contract.bench import ContractBench
    from civicsns.testing.sandbox.faults import Fault

#: Operations that take a token and must say that it is dead. Deleting, inspecting and revoking have checks of their own.
_NEED_A_TOKEN: Final = (
    Operation.PUBLISH,
    Operation.FIND,
    Operation.UPLOAD,
    Operation.EDIT,
    Operation.MENTIONS,
    Operation.METRICS,
    Operation.PROFILE,
    Operation.REFRESH,
    Operation.WHOAMI,
    Operation.DISCOVER,
)


class AdapterContract(PreparingChecks, PublishingChecks, ReadingChecks, EnrollingChecks, FaultChecks):
    """
    What every adapter must do, as tests for pytest.

    Inherit, name the adapter class and the calls that it makes, and give the fixture `bench`:

    ```python
    class TestNoticeboard(AdapterContract):
        adapter_type = NoticeboardAdapter
        calls = {
            Operation.PUBLISH: ("create",),
            Operation.FIND: ("list",),
            Operation.DELETE: ("delete",),
        }

        @pytest.fixture
        def bench(self) -> Iterator[ContractBench]: ...
    ```

    Checks for Protocols that the adapter does not implement are not collected.

    Attributes:
        adapter_type: The adapter class; its Protocols decide which checks there are.
        calls: For each operation, the practice network's names of the calls that it makes and in which a fault
            means what the table says; empty for an operation that calls nobody. Calls that come after the change
            is made (reading the permalink of a new post) do not belong here.
        impossible: Faults that the network cannot have, such as 402 where nobody pays.
    """

    adapter_type: ClassVar[type]
    calls: ClassVar[Mapping[Operation, tuple[str, ...]]] = MappingProxyType({})
    impossible: ClassVar[frozenset[Fault]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "adapter_type"):
            return
        able = operations_of(cls.adapter_type)
        for name in dir(AdapterContract):
            check = getattr(AdapterContract, name)
            if set(needed_by(check)) - set(able):
                # pytest collects what is callable.
                setattr(cls, name, None)
            elif getattr(cls, name) is None:
                # The class inherits from the contract of an adapter that can do less.
                setattr(cls, name, check)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each check its cases; pytest calls this."""
        every = list(cases(self.calls, without=self.impossible))
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", every, ids=str)
        if "lost" in metafunc.fixturenames:
            lost = [
                one
                for one in every
                if one.operation is Operation.PUBLISH and one.expected.outcomes == (OutcomeUnknown,)
            ]
            metafunc.parametrize("lost", lost, ids=str)
        if "spoilt" in metafunc.fixturenames:
            metafunc.parametrize("spoilt", [one for one in _NEED_A_TOKEN if self.calls.get(one)], ids=str)

    def test_the_contract_covers_the_whole_adapter(self, bench: ContractBench) -> None:
        """
        The bench has the adapter that the class names, and `calls` says of each of its operations what it calls.
        """
        assert isinstance(bench.adapter, Adapter), "The adapter lacks a part of civicsns.ports.Adapter."
        assert type(bench.adapter) is self.adapter_type
        assert set(operations_of(self.adapter_type)) == set(self.calls)
        assert self.calls[Operation.PUBLISH], "Publishing calls the network."
        assert bench.adapter.platform == bench.account.platform == bench.credential.platform
        assert bench.planted, "There is no secret to look for."

    def test_the_adapter_shows_no_secret_of_its_own(self, bench: ContractBench) -> None:
        """
        Neither its repr nor that of its credential tells a token or the app's secret.
        """
        shown = f"{bench.adapter!r} {bench.credential!r} {getattr(bench.adapter, '__dict__', '')}"

        assert not [secret for secret in bench.planted if secret in shown], "A repr tells a secret."
