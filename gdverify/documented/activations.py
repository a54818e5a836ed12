"""Activations: smooth ones here, those with a kink in `rectifiers`; Tanh and ReLU stand in `layers`.

Every class has ``forward(z)``, which keeps what ``backward(da)`` needs; both work entry by entry, on arrays of any
shape.
"""

from __future__ import annotations

import math

import numpy as np

from gdverify.documented.arrays import Array, sigmoid


class Identity:
    """a = z: the output of a regression network."""

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        return z.copy()

    def backward(self, da: Array) -> Array:
        """dz, shaped like da; in memory of its own, so that nobody writes into da."""
        return da.copy()


class Square:
    """y = z²."""

    z: Array

    def forward(self, z: Array) -> Array:
        """y, shaped like z."""
        self.z = z
        return z * z

    def backward(self, dy: Array) -> Array:
        """dz, shaped like dy."""
        # dz = 2 z dy
        return 2 * self.z * dy


class Sigmoid:
    """a = σ(z) = 1 / (1 + e^(−z))."""

    a: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.a = sigmoid(z)
        return self.a

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # σ'(z) = σ(z) (1 − σ(z))
        return da * self.a * (1 - self.a)


class ScaledSigmoid:
    """a = σ(c z): flat for small c, so that wide layers do not saturate it."""

    a: Array

    def __init__(self, c: float = 0.01) -> None:
        """``c`` is the factor."""
        self.c = c

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.a = sigmoid(self.c * z)
        return self.a

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # dz = da c σ'(c z)
        return da * self.c * self.a * (1 - self.a)


class Sine:
    """a = sin(ω z): waves, whose derivatives are waves again."""

    z: Array

    def __init__(self, omega: float = 1.0) -> None:
        """``omega`` is the frequency."""
        self.omega = omega

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return np.sin(self.omega * z)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = ω cos(ω z)
        return da * self.omega * np.cos(self.omega * self.z)


class Softsign:
    """a = z / (1 + |z|)."""

    width: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.width = 1 + np.abs(z)
        return z / self.width

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = 1 / (1 + |z|)²
        return da / self.width**2


class Softplus:
    """a = log(1 + e^z), which neither overflows nor loses digits as logaddexp(0, z)."""

    z: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return np.logaddexp(0, z)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = σ(z)
        return da * sigmoid(self.z)


class SiLU:
    """a = z σ(βz), also called swish."""

    z: Array
    gate: Array

    def __init__(self, beta: float = 1.0) -> None:
        """``beta`` is how steep the gate is."""
        self.beta = beta

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z, self.gate = z, sigmoid(self.beta * z)
        return z * self.gate

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = σ + βz σ (1 − σ)
        return da * self.gate * (1 + self.beta * self.z * (1 - self.gate))


class Mish:
    """a = z tanh(softplus(z))."""

    z: Array
    squashed: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z, self.squashed = z, np.tanh(np.logaddexp(0, z))
        return z * self.squashed

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = s + z (1 − s²) σ(z), where s = tanh(softplus(z)) and softplus' = σ
        return da * (self.squashed + self.z * (1 - self.squashed**2) * sigmoid(self.z))


# NumPy has no error function, and Python's works on one number.
_erf = np.vectorize(math.erf, otypes=[float])


class GELU:
    """a = z Φ(z), where Φ is the distribution function of the normal distribution."""

    z: Array
    below: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        # Φ(z) = (1 + erf(z / √2)) / 2
        self.z, self.below = z, (0.5 * (1 + _erf(z / math.sqrt(2)))).astype(z.dtype)
        return z * self.below

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # a' = Φ(z) + z φ(z), where φ(z) = e^(−z²/2) / √(2π)
        return da * (self.below + self.z * np.exp(-(self.z**2) / 2) / math.sqrt(2 * math.pi))


class GELUTanh:
    """a = z (1 + tanh u) / 2 with u = √(2/π) (z + 0.044715 z³): close to GELU, without an error function."""

    z: Array
    squashed: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z, self.squashed = z, np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z))
        return 0.5 * z * (1 + self.squashed)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da."""
        # u' = √(2/π) (1 + 3 · 0.044715 z²)
        du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self.z * self.z)
        # a' = (1 + tanh u) / 2 + z (1 − tanh² u) u' / 2
        return da * (0.5 * (1 + self.squashed) + 0.5 * self.z * (1 - self.squashed**2) * du)
