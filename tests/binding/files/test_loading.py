"""A file that was not written for us is loaded for its definitions, whatever else it does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from gdverify.binding.files.loading import Loaded, load
from gdverify.loading import LoadError


def loaded(text: str, folder: Path, name: str = "net.py", **options: Any) -> Loaded:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load(str(path), **options)


def names(found: Loaded) -> set[str]:
    return {name for name in vars(found.module) if not name.startswith("__")}


def reasons(found: Loaded) -> dict[int, str]:
    return {one.line: one.why for one in found.skipped}


RUN = {
    "constants": ("a = 3\nb: float = 0.5\nc = -a * 2\n", {"a", "b", "c"}),
    "literals": ("a = [1, (2, 3), {'k': {4}}]\nb = a[0]\n", {"a", "b"}),
    "arrays": ("import numpy as np\na = np.zeros((2, 3)).astype(float).T\n", {"np", "a"}),
    "arrays by name": ("from numpy import array as arr\na = arr([1.0])\n", {"arr", "a"}),
    "random arrays": ("import numpy as np\nr = np.random.default_rng(0)\nw = r.normal(size=3)\n", {"np", "r", "w"}),
    "builtins": ("n = len([1, 2])\ns = [k * k for k in range(n)]\n", {"n", "s"}),
    "lambdas": ("f = lambda x: train(x)\n", {"f"}),
    "functions": ("def f(x):\n    return train(x)\n", {"f"}),
    "classes": ("class A:\n    size = 3\n    def go(self): input()\n", {"A"}),
    "augmented": ("a = 1\na += 2\n", {"a"}),
    "imports that may fail": ("try:\n    import nowhere_at_all\nexcept ImportError:\n    x = None\n", {"x"}),
    "branches": ("import sys\nif sys.version_info > (3,):\n    a = 1\nelse:\n    a = 2\n", {"sys", "a"}),
    "docstrings": ('"""Says what."""\n', set()),
    "partial": ("from functools import partial\nf = partial(max, 3)\n", {"partial", "f"}),
    "tuples": ("a, (b, *c) = 1, (2, 3, 4)\n", {"a", "b", "c"}),
}


@pytest.mark.parametrize("kind", RUN)
def test_what_is_harmless_runs(kind: str, tmp_path: Path) -> None:
    text, expected = RUN[kind]
    found = loaded(text, tmp_path)
    assert (names(found), found.skipped) == (expected, ())


SKIPPED = {
    "while True:\n    pass": "a loop",
    "for k in range(3):\n    m = k": "a loop",
    "with lock():\n    m = 1": "a with block",
    "with open('x') as m:\n    pass": "reads a file",
    "m = input('how many? ')": "asks for input",
    "m = int(input())": "asks for input",
    "import sys\nsys.exit()": "ends the program",
    "exit(1)": "ends the program",
    "import os\nos.system('true')": "runs another program",
    "import subprocess\nm = subprocess.run(['true'])": "runs another program",
    "m = open('data.txt')": "reads a file",
    "import numpy as np\nm = np.loadtxt('data.csv')": "reads a file",
    "m = load_data()": "reads a file",
    "import numpy as np\nnp.save('out.npy', np.zeros(3))": "writes a file",
    "print('hello')": "prints",
    "train()": "trains",
    "m = net.fit([1])": "trains",
    "main()": "runs the program",
    "show()": "plots",
    "m = Network()": "calls Network",
    "net.forward(1)": "calls net.forward, and keeps nothing of it",
    "m = 1\nm": "an expression whose value nobody keeps",
    "assert False": "neither an import nor a definition nor an assignment",
    "raise ValueError": "neither an import nor a definition nor an assignment",
    "m = 1\ndel m": "neither an import nor a definition nor an assignment",
    "if __name__ == '__main__':\n    m = 1": "runs only as a program",
    "if True:\n    print(1)": "a block that prints",
    "try:\n    m = Network()\nfinally:\n    pass": "a block that calls Network",
    "if ready():\n    m = 1": "calls ready",
    "m = Network()\nn = m.weights": "needs m, which no line that is run gives before",
    "m = 1 / 0": "raises ZeroDivisionError: division by zero",
    "class A(later): pass": "raises NameError: name 'later' is not defined",
    "from math import nothing_of_the_sort": "raises ImportError: cannot import name 'nothing_of_the_sort' from 'math'",
}


@pytest.mark.parametrize("text", SKIPPED)
def test_what_is_not_harmless_is_listed_with_line_and_reason(text: str, tmp_path: Path) -> None:
    found = loaded(f"{text}\nlast = 1\n", tmp_path)
    assert found.module.last == 1
    assert found.skipped[-1].why.startswith(SKIPPED[text])
    assert found.skipped[-1].line in (1, 2)


def test_a_definition_gets_the_assignment_that_it_needs(tmp_path: Path) -> None:
    text = "def twice(x): return 2 * x\nsize = twice(4)\nother = twice(5)\ndef f(n=size): return n\n"
    found = loaded(text, tmp_path)
    assert found.module.f() == 8
    assert reasons(found) == {3: "calls twice"}
    assert [(one.line, one.why) for one in found.needed] == [(2, "calls twice; run because f reads what it gives")]


def test_it_gets_what_that_needs_in_turn(tmp_path: Path) -> None:
    text = "def twice(x): return 2 * x\na = twice(4)\nb = twice(a)\nc = b + 1\ndef f(): return c\n"
    assert loaded(text, tmp_path).module.f() == 17


def test_loops_run_only_where_no_assignment_gives_what_is_needed(tmp_path: Path) -> None:
    text = (
        "def one(): return 1\n"
        "for k in range(3):\n    a = k\n    b = k\n"
        "b = one()\n"
        "def f(): return b\n"
    )  # fmt: skip
    found = loaded(text, tmp_path)
    assert (found.module.f(), reasons(found)) == (1, {2: "a loop"})
    assert loaded(text + "def g(): return a\n", tmp_path).module.g() == 2


@pytest.mark.parametrize("line", ["x = input()", "x = open('x')", "x = train()", "while True: x = input()"])
def test_nothing_is_asked_read_or_trained_even_where_it_is_needed(line: str, tmp_path: Path) -> None:
    found = loaded(f"{line}\ndef f(): return x\n", tmp_path)
    (one,) = found.skipped
    assert one.why.endswith("; read by f") or one.why == "raises EOFError: EOF when reading a line"
    assert "f" in names(found)


def test_what_a_local_variable_is_called_needs_nothing(tmp_path: Path) -> None:
    text = "net = Network()\ndef f():\n    net = 3\n    return net\n"
    assert reasons(loaded(text, tmp_path)) == {1: "calls Network"}


def test_a_statement_that_does_not_end_is_given_up_and_the_next_one_runs(tmp_path: Path) -> None:
    text = "def spin():\n    while True: pass\nx = spin()\ndef f(): return x\ndef g(): return 7\n"
    found = loaded(text, tmp_path, time_limit=0.1)
    assert reasons(found) == {3: "did not end within 0.1 seconds"}
    assert found.module.g() == 7


def test_an_exit_on_the_way_takes_nothing_else_along(tmp_path: Path) -> None:
    text = "import sys\nclass A:\n    sys.exit(3)\nclass B: pass\n"
    found = loaded(text, tmp_path)
    assert reasons(found) == {2: "raises SystemExit: 3"}
    assert "B" in names(found)


def test_nothing_is_printed_and_nothing_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = loaded("class A:\n    print('loud')\n    said = input()\n", tmp_path)
    assert reasons(found) == {1: "raises EOFError: EOF when reading a line"}
    assert capsys.readouterr() == ("", "")


def test_it_runs_in_a_scratch_directory_with_arguments_of_its_own(tmp_path: Path) -> None:
    before, arguments = os.getcwd(), list(sys.argv)
    text = "import os, sys\nclass A:\n    here = os.getcwd()\n    arguments = sys.argv\n    open('left', 'w').close()\n"
    found = loaded(text, tmp_path)
    assert found.module.A.arguments == [str(tmp_path / "net.py")]
    assert not Path(found.module.A.here).exists()
    assert [one.name for one in tmp_path.iterdir()] == ["net.py"]
    assert (os.getcwd(), sys.argv) == (before, arguments)


def test_a_module_that_is_missing_is_stood_in_for_where_the_file_asks_for_it(tmp_path: Path) -> None:
    text = (
        "import nowhere_at_all as n, math\nfrom nowhere_at_all.deep import thing, jit\nimport elsewhere.too\n"
        "style = n.set_style('dark')\n"
        "@jit\ndef f(x): return x\n"
        "@jit(parallel=True)\ndef g(x): return x + 1\n"
        "def h(): return elsewhere.too.name\n"
    )
    found = loaded(text, tmp_path)
    assert found.stubbed == ("nowhere_at_all", "elsewhere")
    assert (found.module.f(3), found.module.g(3), found.module.math.pi > 3) == (3, 4, True)
    assert repr(found.module.h()) == "<elsewhere.too.name, not installed>"
    assert not {"nowhere_at_all", "elsewhere"} & set(sys.modules)


def test_a_stand_in_promises_nothing_to_those_who_ask_by_protocol(tmp_path: Path) -> None:
    stub = loaded("import nowhere_at_all as n\n", tmp_path).module.n
    assert (bool(stub), list(stub)) == (False, [])
    with pytest.raises(AttributeError, match="nowhere_at_all is not installed, so it has no __array__"):
        _ = stub.__array__


def test_what_an_installed_module_misses_is_no_business_of_ours(tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "installed_with_needs.py").write_text("import nowhere_at_all\n", encoding="utf-8")
    found = loaded("import sys\nsys.path.append('site-packages')\nimport installed_with_needs\n", tmp_path)
    assert found.stubbed == ()
    assert reasons(found) == {3: "raises ModuleNotFoundError: No module named 'nowhere_at_all'"}


def test_what_a_neighbour_misses_is_stood_in_for_too(tmp_path: Path) -> None:
    (tmp_path / "neighbour_with_needs.py").write_text("import nowhere_at_all\nsize = 3\n", encoding="utf-8")
    found = loaded("from neighbour_with_needs import size\n", tmp_path)
    assert (found.module.size, found.stubbed, found.skipped) == (3, ("nowhere_at_all",), ())


def test_each_file_has_the_neighbours_of_its_own_folder(tmp_path: Path) -> None:
    for size, folder in enumerate((tmp_path / "a", tmp_path / "b")):
        folder.mkdir()
        (folder / "neighbour_of_two.py").write_text(f"size = {size}\n", encoding="utf-8")
        assert loaded("from neighbour_of_two import size\n", folder).module.size == size
    assert loaded("from neighbour_of_two import size\n", tmp_path / "a").module.size == 0


def test_a_path_that_a_file_adds_is_meant_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "common_of_chapters.py").write_text("size = 4\n", encoding="utf-8")
    (tmp_path / "chapter").mkdir()
    text = "import os, sys\nsys.path.append(os.pardir)\nfrom common_of_chapters import size\n"
    assert loaded(text, tmp_path / "chapter").module.size == 4


def test_neighbours_are_imported_and_so_are_those_of_the_package(tmp_path: Path) -> None:
    package = tmp_path / "package_of_layers" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "sizes.py").write_text("SIZE = 5\n", encoding="utf-8")
    found = loaded("from .sizes import SIZE\nfrom package_of_layers.inner import sizes\n", package)
    assert (found.module.SIZE, found.skipped) == (5, ())


def test_features_of_the_file_hold_for_each_statement(tmp_path: Path) -> None:
    text = "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass A:\n    x: B = 1\n"
    assert loaded(text, tmp_path).module.A.__annotations__ == {"x": "B"}
    assert reasons(loaded("def f(x: Later): pass\n", tmp_path)) == {1: "raises NameError: name 'Later' is not defined"}


def test_modules_are_imported_as_they_are() -> None:
    found = load("gdverify.documented.layers")
    assert found.module is sys.modules["gdverify.documented.layers"]
    assert found.source is not None


def test_a_name_that_is_given_again_later_is_still_missed(tmp_path: Path) -> None:
    found = loaded("x = load_data()\nz = x\nx = 1\n", tmp_path)
    assert reasons(found) == {1: "reads a file", 2: "needs x, which no line that is run gives before"}


def test_what_a_function_imports_when_it_is_called_is_found(tmp_path: Path) -> None:
    package = tmp_path / "package_of_late_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "late.py").write_text("size = 6\n", encoding="utf-8")
    found = loaded("def f():\n    from package_of_late_layers.late import size\n    return size\n", package)
    assert found.module.f() == 6


def test_warnings_of_the_users_syntax_are_not_shown(tmp_path: Path) -> None:
    found = loaded("pattern = '\\d'\ndef f(x): return x is 'relu'\n", tmp_path)
    assert found.skipped == ()


def test_what_is_read_must_be_given_before(tmp_path: Path) -> None:
    found = loaded("x = load_data()\nx = x / 255\nif len(x): x = x[0]\n", tmp_path)
    missed = "needs x, which no line that is run gives before"
    assert reasons(found) == {1: "reads a file", 2: missed, 3: missed}


UNREADABLE = {
    "no such file": ("", r"absent.py: no such file"),
    "a syntax error": ("x = 1\nprint 'two'\n", r"net.py:2: is not Python 3\.\d+: "),
    "a null byte": ("x = 1\0\n", "null byte"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_refused_with_the_place(kind: str, tmp_path: Path) -> None:
    text, message = UNREADABLE[kind]
    path = tmp_path / ("net.py" if text else "absent.py")
    if text:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=message):
        load(str(path))


def test_the_encoding_is_the_one_that_the_file_declares(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_bytes("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"))
    assert load(str(tmp_path / "net.py")).module.name == "é"
    (tmp_path / "net.py").write_bytes(b"name = '\xe9'\n")
    with pytest.raises(LoadError, match="expected a file that Python can run"):
        load(str(tmp_path / "net.py"))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is a directory; expected a Python file"):
        load(str(tmp_path))
