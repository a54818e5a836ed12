"""`gdverify.audit` with its defaults: 100 examples of every regime, both dtypes, shrinking and diagnosis included."""

from __future__ import annotations

from gdverify.auditing.audit import audit
from gdverify.auditing.verdicts import ERROR, WRONG
from tests.benchmarks.peers.candidates import Candidate


def passes(candidate: Candidate) -> bool:
    """Whether nothing is said against the gradients; a verdict that they cannot be judged is something said."""
    return audit(candidate.subject()).verdict not in (WRONG, ERROR)
