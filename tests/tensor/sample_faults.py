"""Samples that the engine does not pass yet: the list is to become empty."""
# ruff: noqa: E501

FAULTS: dict[str, str] = {}
