"""From a derivation to readable NumPy, and to Markdown with LaTeX."""
