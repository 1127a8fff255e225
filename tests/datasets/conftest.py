"""Fixtures of the tests that download."""

from mirrors import cache, mirrors, own  # noqa: F401
