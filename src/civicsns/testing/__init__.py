"""Test helpers that ship with civicsns: the practice networks, the contract kit for adapters, pytest fixtures."""
