"""A file, a notebook or a module as it is: what of it may be run, and running that much."""
