"""Benchmarks: each prints a table that docs/benchmarks.md shows."""
