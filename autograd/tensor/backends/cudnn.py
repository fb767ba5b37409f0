"""Settings without effect here."""

deterministic = benchmark = enabled = False
