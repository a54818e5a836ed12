"""Functions that are bound by hand are called with arrays in the memory of the case."""

from __future__ import annotations

from typing import Any

import pytest

import gdverify
from gdverify.auditing.verdicts import ERROR


class Masked:
    def forward(self, z: Any) -> Any:
        self.mask = z > 0
        return z * self.mask

    def backward(self, da: Any) -> Any:
        return da * self.mask


class MaskedInPlace(Masked):
    def backward(self, da: Any) -> Any:
        da[~self.mask] = 0
        return da.copy()


class MaskedAsItLies(Masked):
    def backward(self, da: Any) -> Any:
        return (da.ravel("K") * self.mask.ravel()).reshape(da.shape)


@pytest.mark.parametrize(
    ("cls", "kinds"),
    [
        (Masked, []),
        (MaskedInPlace, ["writes into the upstream gradient"]),
        (MaskedAsItLies, ["other results on Fortran-ordered arrays"]),
    ],
)
def test_memory_reaches_what_is_called(cls: type, kinds: list[str]) -> None:
    def run(c: Any) -> Any:
        c.self.forward(c.z)
        return c.self.backward(c.upstream)

    bound = gdverify.bind(cls, against="relu", run=run, gradients={"z": "returned"})
    judged = gdverify.audit(bound, examples=20, evidence="tested")
    assert [one.kind for one in judged.findings] == kinds
    assert (judged.verdict == ERROR) == ("other results on Fortran-ordered arrays" in kinds)
