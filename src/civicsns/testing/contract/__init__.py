"""
The contract kit: proves that an adapter keeps its half of the promise that one draft becomes one post.

An adapter's author inherits `AdapterContract` in a test and gives a `ContractBench`: the adapter, pointed at a
practice network (`civicsns.testing.sandbox.PracticeNetwork`) that can go wrong in every way of
`civicsns.testing.sandbox.Fault`. How to write both is told in docs/contract.md, with a complete example in
examples/third_party_adapter.
"""

from civicsns.testing.contract.bench import ALT_TEXT, PICTURE, ContractBench, Held, spoil
from civicsns.testing.contract.kit import AdapterContract
from civicsns.testing.contract.operations import Operation
from civicsns.testing.contract.table import TABLE, Case, Expected, Kind

__all__ = [
    "ALT_TEXT",
    "PICTURE",
    "TABLE",
    "AdapterContract",
    "Case",
    "ContractBench",
    "Expected",
    "Held",
    "Kind",
    "Operation",
    "spoil",
]
