"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gdverify.errors import GdverifyError
from gdverify.files import CannotWrite, replace


@pytest.mark.parametrize(("data", "written"), [("σ\n", b"\xcf\x83\n"), (b"\r\n\x00", b"\r\n\x00")])
def test_a_new_file(tmp_path: Path, data: str | bytes, written: bytes) -> None:
    replace(tmp_path / "new", data)
    assert (tmp_path / "new").read_bytes() == written
    assert os.listdir(tmp_path) == ["new"]


def test_a_path_as_text(tmp_path: Path) -> None:
    replace(str(tmp_path / "new"), "text")
    assert (tmp_path / "new").read_text() == "text"


def test_an_old_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("something longer than what replaces it")
    old.chmod(0o640)
    replace(old, "new")
    assert old.read_text() == "new"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    replace(tmp_path / "new", "")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_symbolic_link_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    replace(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "old").write_text("old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(CannotWrite, match="No space left on device"):
        replace(tmp_path / "old", "new")
    assert (tmp_path / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["old"]


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "file"
    with pytest.raises(CannotWrite) as caught:
        replace(path, "")
    assert str(caught.value) == (
        f"cannot write {path}: No such file or directory. "
        "Name a file in a folder that exists and in which you may create files."
    )
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, GdverifyError)


def test_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(CannotWrite, match="exists and is not an ordinary file"):
            replace(path, "")
    assert not Path(os.devnull).is_file()
