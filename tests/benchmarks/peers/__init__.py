"""The other checkers of a hand-written gradient, beside gdverify, on the same wrong gradients and their right twins.

`candidates` says what is checked, `checkers` who checks it; each ``by_…`` is one of them as a competent user calls it:
its default tolerances, every argument that has a gradient, one ordinary point in float64.
"""
