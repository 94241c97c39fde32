"""The practice X 練習用X: OAuth 1.0a and 2.0, posting, media, timelines, rate limits and prices, in memory."""

from __future__ import annotations

from civicsns.testing.sandbox.x.limits import Allowance
from civicsns.testing.sandbox.x.network import XNetwork
from civicsns.testing.sandbox.x.values import XApp, XPoll, XPost, XUser

__all__ = ["Allowance", "XApp", "XNetwork", "XPoll", "XPost", "XUser"]
