"""A file that was not written for gdverify, on the command line: found, bound, judged, and what is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.cli import main

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

LAYERS = """\
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.mean(axis=0)
        return grad @ self.W.T


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


while True:
    print("training")
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "layers.py"
    path.write_text(LAYERS, encoding="utf-8")
    return path


@pytest.fixture
def folder(file: Path) -> Path:
    return file.parent


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments, "--examples", "20"])


def test_layers_need_no_adapter(file: Path) -> None:
    result = run("layers.py")
    assert result.exit_code == 1
    assert "layers.py:Dense   against affine   WRONG" in result.stdout
    assert (
        "  binding  self = Dense(n_in=3, n_out=5); W[outputs, inputs] = self.W.T; b[outputs] = self.b" in result.stdout
    )
    assert "b × 1/batch" in result.stdout
    assert "layers.py:15: self.db = grad.mean(axis=0)" in result.stdout
    assert "layers.py:Sigmoid   against sigmoid   CORRECT   proved" in result.stdout
    assert "found    Dense" in result.stderr
    assert "skipped  while True:" in result.stderr


def test_a_name_narrows_it_and_the_command_replays_it(file: Path) -> None:
    result = run("layers.py:Sigmoid", "--json", "-")
    assert result.exit_code == 0
    (subject,) = json.loads(result.stdout)["subjects"]
    assert (subject["verdict"], subject["command"]) == (
        "correct",
        "gdverify audit layers.py:Sigmoid --seed 0 --examples 20",
    )
    assert subject["diagnosis"][0]["kind"] == "binding"


def test_a_typo_is_told_what_is_close(file: Path) -> None:
    result = run("layers.py:Dens")
    assert result.exit_code == 2
    assert "did you mean Dense?" in result.stderr


def test_what_code_should_compute_can_be_said(file: Path) -> None:
    result = run("layers.py:Sigmoid", "--against", "tanh")
    assert result.exit_code == 2
    assert "UNDECIDED" in result.stdout
    assert run("layers.py:Sigmoid", "--against", "tahn").exit_code == 2


# -- what is not harmless


HARMFUL = """\
import numpy as np


class Fine:
    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, grad):
        return grad * (1 - np.tanh(self.x) ** 2)


class Harmful:
    def forward(self, x):
        self.x = x
        {}
        return np.tanh(x)

    def backward(self, grad):
        return grad * (1 - np.tanh(self.x) ** 2)
"""


def harmful(folder: Path, line: str) -> Result:
    (folder / "harmful.py").write_text(HARMFUL.format(line), encoding="utf-8")
    return run("harmful.py")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("__import__('os').kill(__import__('os').getpid(), 9)", "the subject ended its process with signal SIGKILL"),
        ("__import__('os')._exit(0)", "the subject's process ended without a result (exit code 0)"),
    ],
)
def test_what_ends_its_process_is_a_row_and_the_rest_is_judged(folder: Path, line: str, message: str) -> None:
    result = harmful(folder, line)
    assert result.exit_code == 2
    assert "harmful.py:Harmful   against nothing yet   ERROR" in result.stdout
    assert message in result.stdout
    assert "harmful.py:Fine   against tanh   CORRECT" in result.stdout


def test_too_much_memory_ends_an_attempt_and_nothing_else(folder: Path) -> None:
    result = harmful(folder, "self.much = [np.ones(1 << 30) for _ in range(64)]")  # 512 GiB
    assert "harmful.py:Harmful   against nothing yet   UNDECIDED" in result.stdout
    assert "harmful.py:Fine   against tanh   CORRECT" in result.stdout


def test_files_are_written_into_a_scratch_directory_and_output_goes_nowhere(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    result = harmful(folder, "np.save('activations', x); __import__('os').write(1, b'x' * 1000); print(x)")
    assert result.exit_code == 0
    assert "harmful.py:Harmful   against tanh   CORRECT" in result.stdout
    assert "xxx" not in result.output
    assert {path.name for path in folder.iterdir()} - {"harmful.py", "__pycache__"} == before


def test_a_file_that_takes_its_process_with_it_is_a_row(folder: Path) -> None:
    (folder / "crashing_neighbour.py").write_text("import os\n\nos.kill(os.getpid(), 9)\n", encoding="utf-8")
    (folder / "crashing.py").write_text("import crashing_neighbour\n", encoding="utf-8")
    result = run("crashing.py", "layers.py:Sigmoid")
    assert result.exit_code == 2
    assert "crashing.py   against nothing yet   ERROR" in result.stdout
    assert "signal SIGKILL" in result.stdout
    assert "layers.py:Sigmoid   against sigmoid   CORRECT" in result.stdout


RIDGE = """\
import numpy as np


class Ridge:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def loss(self, y, t):
        return np.mean((y - t) ** 2)

    def backward(self, y, t):
        dy = 2 * (y - t) / t.size
        self.dW = self.x.T @ dy + 0.01 * self.W
        self.db = dy.sum(axis=0)


class Halved(Ridge):
    def backward(self, y, t):
        dy = (y - t) / t.size
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
"""


@pytest.fixture
def ridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ridge.py").write_text(RIDGE, encoding="utf-8")


@pytest.mark.usefixtures("ridge")
def test_a_term_that_no_loss_states_is_asked_about_and_can_be_said() -> None:
    asked = run("ridge.py:Ridge")
    assert asked.exit_code == 0
    assert (
        "  note     the gradient of W1 has 0.01 · w added; no loss states it, so it is left out of the verdict: "
        '--regularisation "l2(0.01)" makes it count'
    ) in asked.stdout
    right = run("ridge.py:Ridge", "--loss", "mean_squared_error", "--regularisation", "l2(0.01)")
    assert right.exit_code == 0
    assert "against mlp + l2(0.01)" in right.stdout
    wrong = run("ridge.py:Ridge", "--loss", "mean_squared_error", "--regularisation", "l2(0.01, whole)")
    assert wrong.exit_code == 1
    assert "gdverify audit ridge.py:Ridge --loss mean_squared_error --regularisation 'l2(0.01, whole)'" in wrong.stdout
    assert run("ridge.py:Ridge", "--regularisation", "l3(1)").exit_code == 2


@pytest.mark.usefixtures("ridge")
def test_correct_up_to_a_constant_is_a_verdict_of_its_own() -> None:
    result = run("ridge.py:Halved", "--json", "-")
    assert result.exit_code == 1
    (subject,) = json.loads(result.stdout)["subjects"]
    assert subject["verdict"] == "correct up to a constant"
    assert subject["constant"] == {"factor": "½", "value": 0.5, "stated": True}
    assert "1 implementation: 1 correct up to a constant." in run("ridge.py:Halved").stdout


MIXED = (
    RIDGE
    + """

class Affine:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Swish:
    def forward(self, z):
        self.z = z
        return z / (1 + np.exp(-z))

    def backward(self, dout):
        s = 1 / (1 + np.exp(-self.z))
        return dout * (s + self.z * s * (1 - s))


def cubic_loss_and_gradient(w, x):
    return np.sum((x @ w) ** 3), 3 * x.T @ (x @ w) ** 2
"""
)

NO_LOSS = (
    '  note     --regularisation "l2(0.01)" changes nothing here: it has no loss to which the term could be added, '
    "since it is judged by what arrives from behind; give the option to the network whose loss has the term, as "
    "FILE:NAME, and a layer that adds the term to its own gradient is told so without it"
)


@pytest.mark.usefixtures("ridge")
def test_a_term_that_changes_nothing_is_said_to(tmp_path: Path) -> None:
    (tmp_path / "mixed.py").write_text(MIXED, encoding="utf-8")

    def asked(name: str) -> str:
        result = run(f"mixed.py:{name}", "--regularisation", "l2(0.01)")
        assert result.exit_code == 0
        assert f"mixed.py:{name}" in result.stdout
        assert "CORRECT" in result.stdout
        return result.stdout

    assert NO_LOSS in asked("Affine")
    assert NO_LOSS in asked("Swish")
    assert (
        '--regularisation "l2(0.01)" changes nothing here: it is judged by its own loss, with whatever that adds'
    ) in asked("cubic_loss_and_gradient")
    counted = run("mixed.py:Ridge", "--loss", "mean_squared_error", "--regularisation", "l2(0.01)")
    assert "changes nothing" not in counted.stdout
