"""Compositions of operations; the documented ones first."""
