"""A subject's own code on other numbers than floats: symbols that record what is computed, and balls."""
