"""What written files call: the definitions of a file, and what is found in it again."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import gdverify
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.files.loading import load as load_definitions
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.units import Unit
from gdverify.binding.reporting import Found
from gdverify.binding.subjects import find_subjects
from gdverify.errors import UnknownName
from gdverify.loading import LoadError, load
from gdverify.writing.called import Called
from gdverify.writing.writer import pieces
from tests.zoo.table import FILES

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

SCALED = """\
import numpy as np


class Model:
    def __init__(self, n_in, n_out):
        self.W = np.ones((n_in, n_out))

    def forward(self, x):
        self.x, self.p = x, 1 / (1 + np.exp(-x @ self.W))
        return self.p

    def gradient(self, t):
        return 0.37 * self.x.T @ (self.p - t) / t.size
"""


def asking(folder: Path, expression: str) -> ModuleType:
    """A file in a folder of its own that evaluates an expression."""
    (folder / "tests").mkdir(exist_ok=True)
    path = folder / "tests" / "asking.py"
    path.write_text(f"import gdverify\n\nvalue = {expression}\n", encoding="utf-8")
    return load(str(path))


def bound_in(path: Path, name: str) -> tuple[Unit, tuple[Found, ...]]:
    """A unit of a file, and what is found in it."""
    (unit,) = discover(load_definitions(str(path)), name).found
    return unit, find_subjects(unit)


def test_a_path_begins_at_the_folder_of_the_file_that_calls(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("class Net:\n    pass\n\n\nwhile True:\n    train()\n", encoding="utf-8")
    module = asking(tmp_path, "gdverify.definitions('../net.py')").value
    assert module.Net.__name__ == "Net"


def test_a_file_that_marks_its_subjects_is_imported(tmp_path: Path) -> None:
    marks = "import gdverify\n\nmade = []\nfor k in range(3):\n    made.append(k)\nmark = gdverify.subject\n"
    (tmp_path / "marked.py").write_text(marks, encoding="utf-8")
    assert asking(tmp_path, "gdverify.definitions('../marked.py')").value.made == [0, 1, 2]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no such file"):
        asking(tmp_path, "gdverify.definitions('../nowhere.py')")
    with pytest.raises(UnknownName, match="did you mean Dense"):
        gdverify.found(FILES / "modes.py", "Dens")
    with pytest.raises(UnknownName, match=r"Dense\(activation=sigmoid\)"):
        gdverify.found(FILES / "modes.py", "Dense(activation=sigmoit)")
    with pytest.raises(Unbound, match="equals nothing in the catalogue"):
        gdverify.found(FILES / "fixed_sizes.py", "XorNet")


@pytest.mark.parametrize(
    ("target", "right"),
    [
        ("optimised_training.py:DecayModel", True),
        ("modes.py:DenseOneOption(activation=sigmoid)", False),
        ("boosting.py:poisson_objective_flat", False),
    ],
)
def test_what_is_found_again_is_judged_as_an_audit_judges_it(target: str, right: bool) -> None:
    file, _, name = target.partition(":")
    report = gdverify.audit(gdverify.found(FILES / file, name), examples=20)
    assert (report.exit_code == 0) == right
    assert report.subject == target


def test_the_loss_may_be_named() -> None:
    one = gdverify.found(FILES / "training_in_functions.py", "train", loss="half_squared_error")
    assert gdverify.audit(one, examples=10).exit_code == 1


def test_a_multiple_of_a_gradient_whose_loss_nobody_states_passes(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(SCALED, encoding="utf-8")
    gdverify.check(gdverify.found(tmp_path / "net.py", "Model"), examples=20)
    unit, found = bound_in(tmp_path / "net.py", "Model")
    (piece,) = pieces(found, unit, Called(unit.file, "net.py", "net"), {})
    assert piece.function == "gdverify.found"
    assert "no loss is stated" in piece.remark
    stated = gdverify.found(tmp_path / "net.py", "Model", loss="binary_cross_entropy")
    with pytest.raises(AssertionError, match="CORRECT UP TO A CONSTANT"):
        gdverify.check(stated, examples=20)
