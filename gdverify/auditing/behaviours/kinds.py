"""Every kind of behaviour that a report may name, whether it is severe, and why.

A severe one makes the results unusable, or the arguments: the verdict is an error, whatever the numbers are. The others
are limitations that a user can live with, and leave the verdict alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gdverify.cases.case import Case

SEVERE, LIMITATION = True, False


@dataclass(frozen=True)
class Kind:
    """A kind of behaviour: whether it is severe, and the reason for that."""

    severe: bool
    reason: str


KINDS: dict[str, Kind] = {
    # Seen in every call of the survey.
    "writes into its arguments": Kind(SEVERE, "the caller's data, weights or gradient are no longer what they were"),
    "writes into the upstream gradient": Kind(
        LIMITATION, "usual; wrong where two layers share it, as at a skip connection"
    ),
    "shares memory with an argument": Kind(SEVERE, "the update of a weight, or clipping, writes into the argument"),
    "shares memory with the upstream gradient": Kind(SEVERE, "clipping it writes into what other layers still read"),
    "not finite": Kind(SEVERE, "one nan in a gradient makes every weight nan"),
    "gradients share memory": Kind(LIMITATION, "only what changes gradients in place, such as clipping, goes wrong"),
    "returns memory that it reuses": Kind(LIMITATION, "usual for buffers of a layer; who keeps two results must copy"),
    "returns a subclass of array": Kind(LIMITATION, "the values are right; operators may mean something else"),
    "differs in the last bits": Kind(LIMITATION, "within the rounding error, as sums in threads are"),
    # State and randomness: which value is the gradient?
    "accumulates": Kind(SEVERE, "from the second call on it is no gradient"),
    "drifts": Kind(SEVERE, "the same case has other gradients with each call"),
    "random": Kind(SEVERE, "the same case has other gradients with each call"),
    "depends on earlier calls": Kind(SEVERE, "the result belongs in part to another case"),
    "stale cache": Kind(SEVERE, "the gradient is that of another batch from the second step on"),
    # Arrays laid out in memory in another way; the kinds of results that differ are severe because nothing is said.
    "writes and restores": Kind(SEVERE, "read-only data cannot be used, and another thread sees it changed"),
    "refuses read-only arrays": Kind(LIMITATION, "a clear refusal"),
    "refuses non-contiguous arrays": Kind(LIMITATION, "a clear refusal; np.ascontiguousarray helps"),
    "refuses Fortran-ordered arrays": Kind(LIMITATION, "a clear refusal; np.ascontiguousarray helps"),
    "other results on read-only arrays": Kind(SEVERE, "wrong without a word"),
    "other results on non-contiguous arrays": Kind(SEVERE, "wrong without a word"),
    "other results on Fortran-ordered arrays": Kind(SEVERE, "wrong without a word"),
    # No samples at all.
    "empty batch": Kind(LIMITATION, "few programs meet one"),
    "never returns on an empty batch": Kind(SEVERE, "the program hangs"),
}


@dataclass(frozen=True)
class Sighting:
    """A behaviour, and the case that shows it.

    Attributes:
        kind: a key of `KINDS`.
        message: in the user's terms.
        case: that shows it.
        tensors: whose gradients it concerns, where it is not all of them.
    """

    kind: str
    message: str
    case: Case
    tensors: frozenset[str] = frozenset()

    @property
    def severe(self) -> bool:
        """Whether the results, or the arguments, are unusable."""
        return KINDS[self.kind].severe


def gathered(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    """Of each kind the one with the smallest case, for the tensors of all of them; in the order of the table."""
    found: dict[str, Sighting] = {}
    for sighting in sightings:
        known = found.get(sighting.kind, sighting)
        smaller = min(known, sighting, key=lambda one: one.case.entries)
        found[sighting.kind] = replace(smaller, tensors=known.tensors | sighting.tensors)
    return {kind: found[kind] for kind in KINDS if kind in found}
