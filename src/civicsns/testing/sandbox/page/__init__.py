"""The page for the browser: what was posted on the practice networks, and how to make them go wrong."""

from civicsns.testing.sandbox.page.site import PracticePage

__all__ = ["PracticePage"]
