"""Cases: sizes and values drawn by Hypothesis, from named regimes, so that failures shrink to something small."""
