"""Wrong is said only with an anchor: of what may be read in several ways, and fits in none, the user is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG
from gdverify.binding.ambiguity import Ambiguous
from gdverify.binding.own.forward import Own
from gdverify.binding.subject import find_subject
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, of_functions, report


class Cost:
    """Its derivative is that by the pre-activation, which its caller hands over."""

    def fn(self, a: Any, y: Any) -> Any:
        return 0.5 * np.sum((a - y) ** 2)

    def delta(self, z: Any, a: Any, y: Any) -> Any:
        return (a - y) / np.cosh(z) ** 2


class Distance:
    """Symmetric in its arguments, so that only the gradient says which of them is the prediction."""

    def loss(self, truth: Any, guess: Any) -> Any:
        return np.sum((truth - guess) ** 2)

    def gradient(self, truth: Any, guess: Any) -> Any:
        return 2 * (guess - truth)


class EachEntry:
    """A loss for each entry: the gradient of their sum."""

    def loss(self, t: Any, p: Any) -> Any:
        return -t * np.log(p) - (1 - t) * np.log(1 - p)

    def gradient(self, t: Any, p: Any) -> Any:
        return -t / p + (1 - t) / (1 - p)


class Weighing:
    """A softmax of one column."""

    def forward(self, z: Any) -> Any:
        e = np.exp(z)
        self.p = e / e.sum()
        return self.p

    def backward(self, dy: Any) -> Any:
        return (np.eye(len(self.p)) * self.p - self.p @ self.p.T) @ dy


class Diagonal:
    """The diagonal of a softmax's Jacobian, which is no derivative of one number by one number."""

    def __call__(self, z: Any) -> Any:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def gradient(self, z: Any) -> Any:
        p = self(z)
        return p * (1 - p)


class Guarded:
    """An ε inside the logarithm, and none in the gradient."""

    def forward(self, y: Any, t: Any) -> Any:
        self.y, self.t = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True), t
        return -np.sum(t * np.log(self.y + 1e-6)) / len(t)

    def backward(self) -> Any:
        return (self.y - self.t) / len(self.t)


def product(x: Any, theta: Any) -> Any:
    return theta * x


def product_backward(x: Any, theta: Any) -> Any:
    return x


def steep_forward(x: Any, W: Any, b: Any) -> Any:
    z = x @ W + b
    return np.sinh(z), z


def steep_backward(dy: Any, x: Any, W: Any, z: Any) -> Any:
    dz = dy * np.cosh(z)
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def test_an_argument_that_no_name_explains_is_asked_about() -> None:
    with pytest.raises(Ambiguous, match="delta") as asked:
        find_subjects(of_class(Cost, "value and derivative", forward="fn", derivative="delta"))
    assert "which one is it?" in str(asked.value)


def test_one_number_that_happens_to_fit_is_no_anchor() -> None:
    with pytest.raises(Ambiguous):
        find_subjects(of_functions(forward=product, backward=product_backward))


@pytest.mark.parametrize("cls", [Distance, EachEntry])
def test_of_several_readings_that_nearly_fit_the_one_that_fits_is_taken(cls: type) -> None:
    found = find_subject(of_class(cls, "loss and gradient", loss="loss", gradient="gradient"))
    assert found.constant is None
    assert report(found).verdict == CORRECT


def test_code_for_one_column_is_judged_on_columns() -> None:
    (own,) = find_subjects(of_class(Weighing, **LAYER))
    assert report(own).verdict == CORRECT
    assert "dz[length3, length1]" in own.line


def test_a_diagonal_of_a_jacobian_is_asked_about() -> None:
    with pytest.raises(Ambiguous):
        find_subjects(of_class(Diagonal, "value and derivative", forward="__call__", gradient="gradient"))


def test_a_small_number_that_is_added_for_safety_is_named() -> None:
    (own,) = find_subjects(of_class(Guarded, **LAYER))
    judged = report(own)
    assert judged.verdict == UNDECIDED
    (said,) = [one.message for one in judged.diagnosis if one.kind == "slight"]
    assert "as an ε that is added for safety or a rounded constant does" in said


def test_what_the_catalogue_knows_in_part_is_judged_whole_by_its_own_forward_pass() -> None:
    (own,) = find_subjects(of_functions(forward=steep_forward, backward=steep_backward))
    assert report(own).verdict == CORRECT


class WeighingAlone(Weighing):
    def backward(self, dy: Any) -> Any:
        return self.p * dy


def test_what_has_one_gradient_and_one_reading_is_called_wrong() -> None:
    (own,) = find_subjects(of_class(WeighingAlone, **LAYER))
    assert report(own).verdict == WRONG


class Sticky:
    """Keeps the mask of the first array that it saw, which is that of a ReLU there and nowhere else."""

    mask: Any = None

    def forward(self, z: Any) -> Any:
        if np.shape(Sticky.mask) != z.shape:
            Sticky.mask = z > 0
        return z * Sticky.mask

    def backward(self, da: Any) -> Any:
        return da * Sticky.mask


def test_what_equals_an_operation_at_one_point_only_is_not_that_operation() -> None:
    (own,) = find_subjects(of_class(Sticky, **LAYER))
    assert isinstance(own, Own)
