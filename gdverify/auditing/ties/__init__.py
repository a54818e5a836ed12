"""Kinks and ties met on purpose: cases that lie exactly on one, and what a case tells about each."""
