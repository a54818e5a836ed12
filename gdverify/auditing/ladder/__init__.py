"""Stronger evidence than tests: a subject's own code on symbols, and in ball arithmetic."""
