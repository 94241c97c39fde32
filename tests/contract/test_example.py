"""The example in the documentation keeps the contract."""

from __future__ import annotations

from test_noticeboard_contract import TestNoticeboard

__all__ = ["TestNoticeboard"]
