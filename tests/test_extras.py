"""Optional dependencies: the message says which extra installs what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gdverify.documented.classifier_torch import TorchClassifier
from gdverify.errors import GdverifyError
from gdverify.extras import MissingExtra, require


def test_what_is_installed_is_imported() -> None:
    import json.decoder

    assert require("json.decoder", "any") is json.decoder


def test_what_is_missing_is_named_by_its_extra() -> None:
    with pytest.raises(MissingExtra) as caught:
        require("no_such_module", "fancy")
    assert str(caught.value) == (
        'the features that use no_such_module need the extra "fancy": pip install "gdverify[fancy]"'
    )
    assert caught.value.name == "no_such_module"
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, GdverifyError)


def test_a_missing_package_is_found_missing_by_its_submodule() -> None:
    with pytest.raises(MissingExtra, match=r'^plots need the extra "plot"'):
        require("no_such_module.deep", "plot", needed_by="plots")


def test_a_package_that_is_there_and_broken_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module") as caught:
        require("broken_package", "fancy")
    assert not isinstance(caught.value, MissingExtra)


def test_the_torch_classifier_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra) as caught:
        TorchClassifier(2, 32, 1)
    assert str(caught.value) == ('the torch tensors need the extra "torch": pip install "gdverify[torch]"')
