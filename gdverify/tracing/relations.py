"""Values of a function that turns sums into products, or products into sums, where no homomorphism gives them.

Each argument gets an independent value, unless it is the combination of up to three that have theirs: e²ᵘ is the
square of eᵘ, eᵘ⁺ᵛ the product of two, log (1 + eᵘ) the sum of u and log (1 + e⁻ᵘ).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gdverify.tracing.residues import Key, Value

# Combinations of so many are looked for among at most so many arguments and their inverses.
LARGEST = {2: 200, 3: 50}

Operation = Callable[[Value, Value], Value]
Inverse = Callable[[Value], Value]


class Relations:
    """A homomorphism, argument by argument."""

    def __init__(
        self,
        arguments: tuple[Operation, Inverse],
        values: tuple[Operation, Inverse],
        halved: Callable[[Value], Value],
        key: Callable[[Value], Key],
        independent: Callable[[], Value],
    ) -> None:
        """Operation and inverse of arguments and of values.

        ``halved`` is the value at u from that at u + u, ``independent`` a new value that can be halved.
        """
        self._join, self._invert = arguments
        self._join_values, self._invert_values = values
        self._halved = halved
        self._key = key
        self._independent = independent
        self._known: dict[Key, tuple[Value, Value]] = {}

    def __call__(self, argument: Value) -> Value:
        """The value at an argument."""
        found = self._found(argument)
        if found is None:
            found = self._independent()
        self.put(argument, found)
        return found

    def put(self, argument: Value, value: Value) -> None:
        """Say what the value at an argument is, and so at its inverse."""
        self._known[self._key(argument)] = argument, value
        argument, value = self._invert(argument), self._invert_values(value)
        self._known[self._key(argument)] = argument, value

    def _found(self, argument: Value) -> Value | None:
        known = self._known.get(self._key(argument))
        if known is not None:
            return known[1]
        twice = self._known.get(self._key(self._join(argument, argument)))
        if twice is not None:
            return self._halved(twice[1])
        return next((value for count in LARGEST for value in self._combined(argument, count)), None)

    def _combined(self, argument: Value, count: int) -> Iterator[Value]:
        """Values at an argument that is the combination of so many known ones."""
        if count == 1:
            known = self._known.get(self._key(argument))
            yield from () if known is None else (known[1],)
        elif len(self._known) <= LARGEST[count]:
            for part, value in self._known.values():
                for rest in self._combined(self._join(argument, part), count - 1):
                    # u = (u + part) − part
                    yield self._join_values(rest, self._invert_values(value))
