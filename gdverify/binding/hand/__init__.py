"""Bindings by hand: a few lines say where an implementation's numbers are, where recognising it does not tell."""
