"""
What calls the ledger when a step is due: in this process, or on many machines.

None of it decides anything: a call too many, too late or lost changes when a post goes out, never whether it does so
once. `civicsns.ports.Engine` is what they have in common.
"""

from civicsns.engine.inline import InlineEngine

__all__ = ["InlineEngine"]
