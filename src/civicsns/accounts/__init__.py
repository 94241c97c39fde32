"""Accounts アカウント: who works here, and who posts under which name."""
