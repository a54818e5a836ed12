"""What Hypothesis looks up once in a process is looked up before the process is forked."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis.internal import entropy

from gdverify.auditing import audit, search
from gdverify.auditing.arrays import gradient
from gdverify.auditing.problems import Problem
from gdverify.auditing.verdicts import TESTED
from tests.auditing.subjects import judged, right


@pytest.mark.skipif(not hasattr(entropy, "NP_RANDOM"), reason="this Hypothesis keeps NumPy's generator elsewhere")
def test_the_random_generators_are_known_and_left_as_they_were() -> None:
    np.random.seed(7)
    expected = np.random.random()
    np.random.seed(7)
    search.warmed.__wrapped__()
    assert entropy.NP_RANDOM is not None
    assert np.random.random() == expected


def test_it_is_done_before_an_audit_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(audit, "warmed", lambda: done.append("warmed"))
    isolated = audit.isolated
    monkeypatch.setattr(audit, "isolated", lambda *given: done.append("isolated") or isolated(*given))
    how = {"examples": 5, "seed": 0, "evidence": TESTED}
    apart = audit.audit_isolated(judged(right, hidden=0), lambda: None, command="", **how)
    assert done == ["warmed", "isolated"]
    assert apart == audit.audit(judged(right, hidden=0), command="", **how)


def test_what_can_be_no_masked_array_does_not_load_what_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr(np, "ma", raising=False)
        patch.delitem(sys.modules, "numpy.ma", raising=False)
        gradient("W", np.ones(2), (2,), np.dtype("float64"), str)
        assert "numpy.ma" not in sys.modules
    with pytest.raises(Problem, match="masked array, and 1 of its 2 entries are masked"):
        gradient("W", np.ma.masked_array(np.ones(2), [True, False]), (2,), np.dtype("float64"), str)
