"""Forward equations, and nothing else: one family a file."""
