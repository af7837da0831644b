"""Servers that the project works with and does not own, as small real servers within the tests' process."""
