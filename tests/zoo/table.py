"""Small implementations as people write them, each in a right and a wrong version, with the verdict it should get.

The files are in ``tests/zoo/files``. Where the wrong version is a second file that differs in one place (a script, a
notebook), the row says what to replace, and `Exhibit.written` writes that file.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
RIGHT, WRONG = "right", "wrong"
LAYER, BOTH, TRAINED = "forward and backward", "loss and gradients", "trained in place"
VALUE, LOSS = "value and derivative", "loss and gradient"


@dataclass(frozen=True)
class Exhibit:
    """One implementation.

    Attributes:
        file: in `FILES`.
        unit: what discovery calls it.
        style: the row of `gdverify.binding.styles.STYLES`.
        verdict: `RIGHT`, `WRONG`.
        against: the catalogue's entry that it is, or empty for none: it is checked against its own forward pass.
        why: what is wrong.
        lines: of adapter that it needs.
        needs: a package without which it does not run.
        edit: what to replace in the file, and by what, to have this version.
    """

    file: str
    unit: str
    style: str
    verdict: str
    against: str = ""
    why: str = ""
    lines: int = 0
    needs: str = ""
    edit: tuple[str, str] | None = None

    @property
    def id(self) -> str:
        """``layers:Linear``."""
        return f"{Path(self.file).stem}:{self.unit}-{self.verdict}"

    @property
    def available(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None

    def written(self, folder: Path) -> Path:
        """The file of this version: the one of the zoo, or an edited copy in ``folder``."""
        original = FILES / self.file
        if self.edit is None:
            return original
        text = original.read_text(encoding="utf-8")
        old, new = self.edit
        assert text.count(old) == 1, f"{self.file}: {old!r} should occur once"
        path = folder / self.file
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path


def _pair(file: str, style: str, right: str, wrong: str, against: str, why: str, **more: Any) -> list[Exhibit]:
    """A class or function that is right, and one like it that is wrong."""
    first = Exhibit(file, right, style, RIGHT, against, **{k: v for k, v in more.items() if k != "edit"})
    return [first, Exhibit(file, wrong, style, WRONG, against, why, **more)]


ZOO: list[Exhibit] = [
    *_pair("layers_out_in.py", LAYER, "Linear", "LinearMeanBias", "affine", "db is averaged over the batch"),
    *_pair("layers_in_out.py", LAYER, "Dense", "DenseAveraged", "affine", "dW is divided by the batch, db is not"),
    *_pair("layers_d_names.py", LAYER, "Layer_Dense", "Layer_Dense_Shifted", "affine", "db leaves out a sample"),
    *_pair("layers_d_names.py", LAYER, "Activation_ReLU", "Activation_ReLU_Upstream", "relu", "the mask is of dy"),
    *_pair("activations.py", LAYER, "Sigmoid", "SigmoidTwice", "sigmoid", "σ' at the activation"),
    *_pair("activations.py", LAYER, "Tanh", "TanhUnsquared", "tanh", "1 - a for 1 - a²"),
    *_pair("activations.py", LAYER, "LeakyReLU", "LeakyReLUNoLeak", "leaky_relu", "no leak on the negative side"),
    *_pair("sample_network.py", LAYER, "Network", "NetworkFlatHidden", "fully_connected", "σ' at σ(z)"),
    Exhibit("sample_network.py", "sigmoid_prime", VALUE, RIGHT, "sigmoid"),
    *_pair("params_dict_net.py", BOTH, "TwoLayerNet", "TwoLayerNetPerRow", "mlp", "1/N for 1/(N K)"),
    *_pair("train_in_place.py", TRAINED, "NeuralNetwork", "NeuralNetworkEager", "two_layer_classifier",
           "w2 is updated before it is used"),
    *_pair("functions_with_cache.py", LAYER, "affine_backward", "affine_backward_total", "affine",
           "db is summed over everything"),
    *_pair("functions_with_cache.py", LAYER, "relu_backward", "relu_backward_ones", "relu", "no upstream gradient"),
]  # fmt: skip
