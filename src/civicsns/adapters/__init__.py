"""The networks: one package each, reached through entry points only; they do not know each other."""
