"""Recognise a forward pass by running it: shapes, layouts, fills, and what its arguments are called."""
