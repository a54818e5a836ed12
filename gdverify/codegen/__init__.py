"""From a derivation to readable NumPy, with the formula above each line."""
