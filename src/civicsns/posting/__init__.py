"""Posting 配信: how a delivery moves from state to state."""
