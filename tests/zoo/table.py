"""Small implementations as people write them, each in a right and a wrong version, with the verdict it should get.

The files are in ``tests/zoo/files``. Where the wrong version is a second file that differs in one place (a script, a
notebook), the row says what to replace, and `Exhibit.written` writes that file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

FILES = Path(__file__).parent / "files"
RIGHT, WRONG, CONSTANT = "right", "wrong", "right up to a constant"
LAYER, BOTH, TRAINED = "forward and backward", "loss and gradients", "trained in place"
VALUE, LOSS = "value and derivative", "loss and gradient"


@dataclass(frozen=True)
class Exhibit:
    """One implementation.

    Attributes:
        file: in `FILES`.
        unit: what discovery calls it.
        style: the row of `gdverify.binding.finding.styles.STYLES`.
        verdict: `RIGHT`, `WRONG`, or `CONSTANT` where one factor is common to all of its gradients.
        against: the catalogue's entry that it is, or empty for none: it is checked against its own forward pass.
        why: what is wrong.
        lines: of adapter that it may need at most.
        needs: a package without which it does not run.
        edit: what to replace in the file, and by what, to have this version.
        loss: what is named on the command line, where the code states none: ``--loss mean_squared_error``.
        finding: by which what is wrong shows, where it is no number of a first call.
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
    loss: str | None = None
    finding: str = ""

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


def parameters(exhibits: Iterable[Exhibit]) -> list[ParameterSet]:
    """The exhibits as a test's parameters; what needs a package that is not installed is skipped with the reason."""
    reason = "needs {0}: pip install {0}".format
    return [
        pytest.param(one, id=one.id, marks=pytest.mark.skipif(not one.available, reason=reason(one.needs)))
        for one in exhibits
    ]


def _pair(
    file: str, style: str, right: str, wrong: str, against: str, why: str, verdict: str = WRONG, **more: Any
) -> list[Exhibit]:
    """A class or function that is right, and one like it that is not."""
    both = {name: value for name, value in more.items() if name not in ("edit", "finding")}
    return [
        Exhibit(file, right, style, RIGHT, against, **both),
        Exhibit(file, wrong, style, verdict, against, why, **more),
    ]


ZOO: list[Exhibit] = [
    # Layers: every layout of weights and biases, every place for a gradient.
    *_pair("layers_out_in.py", LAYER, "Linear", "LinearMeanBias", "affine", "db is averaged over the batch"),
    *_pair("layers_in_out.py", LAYER, "Dense", "DenseAveraged", "affine", "dW is divided by the batch, db is not"),
    *_pair("layers_d_names.py", LAYER, "Layer_Dense", "Layer_Dense_Shifted", "affine", "db leaves out a sample"),
    *_pair("layers_d_names.py", LAYER, "Activation_ReLU", "Activation_ReLU_Upstream", "relu", "the mask is of dy"),
    *_pair("activations.py", LAYER, "Sigmoid", "SigmoidTwice", "sigmoid", "σ' at the activation"),
    *_pair("activations.py", LAYER, "Tanh", "TanhUnsquared", "tanh", "1 - a for 1 - a²"),
    *_pair("activations.py", LAYER, "LeakyReLU", "LeakyReLUNoLeak", "leaky_relu", "no leak on the negative side"),
    *_pair("folded_bias.py", LAYER, "FoldedFirst", "FoldedFirstWrongEnd", "affine", "dx is cut off at the wrong end"),
    *_pair("folded_bias.py", LAYER, "FoldedLast", "FoldedLastFrozen", "affine", "the bias has no gradient"),
    *_pair("single_precision.py", LAYER, "Dense32", "Dense32Scaled", "affine", "dW is a thousandth too large"),
    *_pair("mangled.py", LAYER, "Layer", "LayerUnsquared", "", "1 - a for 1 - a²", lines=10),
    *_pair("accumulating.py", LAYER, "AccumulatingLinear", "AccumulatingLinearTwice", "affine", "dW twice"),
    *_pair("parameter_objects.py", LAYER, "Affine", "AffineFirstSample", "affine", "db of the first sample alone"),
    *_pair("custom_activations.py", LAYER, "Cube", "CubeLinear", "", "3 x for 3 x²"),
    *_pair("custom_activations.py", LAYER, "Swish", "SwishGate", "silu", "a term of the product rule is missing"),
    *_pair("stale_cache.py", LAYER, "Affine", "AffineOnce", "affine", "x is kept once", finding="stale cache"),
    *_pair("stale_cache.py", LAYER, "Bump", "BumpByShape", "", "kept until the shape is another",
           finding="stale cache"),
    # Losses: of every shape.
    *_pair("losses.py", LOSS, "MSE", "MSEHalf", "mean_squared_error", "the 2 is missing", verdict=CONSTANT),
    *_pair("losses.py", LAYER, "BinaryCrossEntropy", "BinaryCrossEntropyFused", "binary_cross_entropy",
           "the gradient by the logits"),
    *_pair("losses.py", LAYER, "HalfSquares", "HalfSquaresOneSided", "half_squared_error", "no negative differences"),
    *_pair("losses.py", LAYER, "PerSample", "PerSampleHalf", "squared_error", "the 2 is missing",
           verdict=CONSTANT),
    *_pair("losses.py", "loss and backward", "AbsoluteError", "AbsoluteErrorSquared", "mean_absolute_error",
           "of another loss"),
    *_pair("softmax_loss.py", LAYER, "SoftmaxCrossEntropy", "SoftmaxCrossEntropySummed", "", "a factor p too much"),
    *_pair("softmax_loss.py", LAYER, "SoftmaxLabels", "SoftmaxLabelsHalf", "", "half of the label is taken off"),
    # Networks that return or keep their gradients.
    *_pair("sample_network.py", LAYER, "Network", "NetworkFlatHidden", "fully_connected", "σ' at σ(z)"),
    *_pair("list_gradients.py", LAYER, "MLP", "MLPNoSlope", "mlp", "the derivative of tanh is missing"),
    *_pair("params_dict_net.py", BOTH, "TwoLayerNet", "TwoLayerNetPerRow", "mlp", "1/N for 1/(N K)", verdict=CONSTANT),
    *_pair("handed_to_optimiser.py", LAYER, "Regressor", "RegressorUnmasked", "mlp", "no ReLU on the way back"),
    *_pair("tied_weights.py", LOSS, "TiedAutoencoder", "TiedAutoencoderEncoderOnly", "", "one use of two", lines=10),
    # Networks whose gradients show in their weights alone.
    *_pair("train_in_place.py", TRAINED, "NeuralNetwork", "NeuralNetworkEager", "two_layer_classifier",
           "w2 is updated before it is used"),
    Exhibit("optimised_training.py", "LinearModel", TRAINED, RIGHT, "mlp"),
    *_pair("optimised_training.py", TRAINED, "MomentumModel", "AbsoluteMomentumModel", "mlp", "of another loss"),
    *_pair("optimised_training.py", TRAINED, "DecayModel", "AbsoluteDecayModel", "mlp", "of another loss"),
    *_pair("optimised_training.py", TRAINED, "ClippingModel", "AbsoluteClippingModel", "mlp", "of another loss"),
    *_pair("weights_in_fit.py", TRAINED, "LogisticRegression", "LogisticRegressionSlow", "", "of another loss",
           lines=10),
    *_pair("fixed_sizes.py", TRAINED, "XorNet", "XorNetCrossed", "fully_connected", "a weight for another", lines=10),
    *_pair("neuron_objects.py", TRAINED, "NeuronNetwork", "NeuronNetworkScaledBias", "fully_connected",
           "the bias' step is scaled by the bias", lines=10),
    *_pair("line.ipynb", TRAINED, "Line", "Line", "line", "a mean of a product is none of means",
           edit=("np.mean(e * x)", "np.mean(e) * np.mean(x)")),
    # Regularisation, updates, modes: what stands beside the gradient.
    *_pair("regularised.py", LAYER, "RidgeNetwork", "RidgeNetworkTwice", "mlp", "2 λ W beside λ/2 |W|²"),
    *_pair("regularised.py", LAYER, "RidgeNetworkPerSample", "RidgeNetworkUnshared", "mlp", "λ W beside λ/(2 n) |W|²"),
    *_pair("regularised.py", LAYER, "LassoNetwork", "LassoNetworkSquared", "mlp", "of the other term"),
    *_pair("regularised.py", LAYER, "ElasticNetwork", "ElasticNetworkTwice", "mlp", "2 μ W beside μ/2 |W|²"),
    *_pair("regularised_options.py", LAYER, "RidgeClassifier", "RidgeClassifierTwice", "mlp",
           "2 λ W beside λ/2 |W|², which shows where it is switched on"),
    *_pair("regularised_options.py", BOTH, "PenalisedNet", "PenalisedNetWithBiases", "mlp",
           "the loss counts the biases in, which shows where it is switched on"),
    *_pair("modes.py", LAYER, "Dropout", "DropoutAnew", "", "another mask on the way back"),
    *_pair("modes.py", LAYER, "BatchNorm", "BatchNormFixedVariance", "batch_norm",
           "the variance is taken for a constant"),
    *_pair("modes.py", LAYER, "Recurrent", "RecurrentFlat", "", "1 - h for 1 - h²"),
    *_pair("modes.py", LAYER, "RecurrentLists", "RecurrentListsShifted", "", "the state after a step"),
    *_pair("modes.py", LAYER, "Dense", "DenseOneOption", "network", "σ for σ', which is no default"),
    *_pair("training_in_functions.py", "training function", "train", "train_eager", "network_without_biases",
           "w2 is updated before it is used"),
    *_pair("training_in_functions.py", "training function", "train_returning", "train_returning_linear",
           "network_without_biases", "tanh' is missing"),
    # Functions.
    *_pair("functions_with_cache.py", LAYER, "affine_backward", "affine_backward_total", "affine",
           "db is summed over everything"),
    *_pair("functions_with_cache.py", LAYER, "relu_backward", "relu_backward_ones", "relu", "no upstream gradient"),
    *_pair("propagation_functions.py", LAYER, "backward_propagation", "backward_propagation_sigmoid", "",
           "σ' for tanh'"),
    Exhibit("sample_network.py", "sigmoid_prime", VALUE, RIGHT, "sigmoid"),
    Exhibit("derivative_functions.py", "tanh_prime", VALUE, RIGHT, "tanh"),
    Exhibit("derivative_functions.py", "dsoftplus", VALUE, RIGHT, "softplus"),
    Exhibit("derivative_functions.py", "d_cube", VALUE, RIGHT),
    Exhibit("derivative_functions.py", "grad_leaky", VALUE, RIGHT, "leaky_relu"),
    Exhibit("derivative_functions.py", "relu_derivative", VALUE, WRONG, "relu", "the value for the slope"),
    Exhibit("derivative_functions.py", "arctan_grad", VALUE, WRONG, "", "x for x²"),
    Exhibit("derivative_flag.py", "sigmoid", "derivative flag", RIGHT, "sigmoid"),
    Exhibit("derivative_flag.py", "tanh", "derivative flag", WRONG, "tanh", "1 - t for 1 - t²"),
    Exhibit("derivative_flag.py", "mse", "derivative flag", RIGHT, "mean_squared_error"),
    *_pair("line_fit.py", LOSS, "compute_gradient", "compute_gradient_unaveraged", "line", "db is not averaged"),
    *_pair("flat_parameters.py", BOTH, "cost_and_gradient", "cost_and_gradient_leaking", "mlp",
           "the bias column is cut off at the wrong end"),
    # Functions of one vector of parameters, as general optimisers want them.
    *_pair("vector_costs.py", LOSS, "cost_gradient", "cost_gradient_unsigned", "network_without_biases",
           "by the sizes of the residuals"),
    *_pair("vector_costs.py", BOTH, "ridge", "ridge_everywhere", "network_without_biases",
           "the first coefficient is held small as well, which shows where it is switched on"),
    *_pair("vector_costs.py", BOTH, "logistic", "logistic_squared", "network_without_biases", "σ' of another loss"),
    *_pair("vector_costs.py", BOTH, "margin", "margin_unsigned", "", "the slope of the other side"),
    *_pair("vector_columns.py", LOSS, "compute_gradient", "compute_gradient_flat", "network",
           "the first coefficient gets the mean of the others"),
    *_pair("vector_softmax.py", BOTH, "softmax_cost", "softmax_cost_columns", "softmax_classifier_without_biases",
           "unrolled by columns, packed by rows"),
    *_pair("vector_network.py", BOTH, "nn_cost", "nn_cost_straight", "network", "σ' is missing"),
    Exhibit("vector_layers.py", "loss_and_gradient", BOTH, RIGHT, "network"),
    *_pair("vector_constants.py", LOSS, "network_loss_grad", "network_loss_grad_unmasked", "network",
           "no ReLU on the way back"),
    *_pair("nested_lists.py", BOTH, "loss_and_grads", "loss_and_grads_mixed", "fully_connected",
           "the errors are sent back, not the deltas"),
    *_pair("gradients_alone.py", "gradient alone", "backprop", "backprop_straight", "mlp", "tanh' is missing"),
    *_pair("closures.py", "closure", "make_affine", "make_affine_negated", "affine", "db is negated"),
    Exhibit("pullbacks.py", "sigmoid", "value and pullback", RIGHT, "sigmoid"),
    *_pair("pullbacks.py", "value and pullback", "squash", "squash_late", "tanh", "tanh' at tanh"),
    *_pair("training_functions.py", "training function", "train_step", "train_step_flat", "sigmoid_neuron",
           "σ' at σ(z)", loss="mean_squared_error"),
    *_pair("generator_training.py", "training generator", "train_line", "train_line_swapped", "line",
           "a mean of a product is none of means", lines=10),
    *_pair("boosting.py", "gradient and Hessian", "logistic_objective", "logistic_objective_floor",
           "logistic_objective", "the Hessian of the squared error"),
    Exhibit("boosting.py", "squared_objective", "gradient and Hessian", RIGHT, "squared_error"),
    # Scripts, which are bound by hand.
    *_pair("script_globals.py", "script", "script_globals", "script_globals", "two_layer_classifier",
           "1 + l1 for 1 - l1", lines=10, edit=("* (l1 * (1 - l1))", "* (l1 * (1 + l1))")),
    *_pair("script_with_reads.py", "script", "script_with_reads", "script_with_reads", "mlp", "a sum for a mean",
           lines=10, edit=("2 * error.mean()", "2 * error.sum()")),
    # Samples as columns or one by one, classes as whole numbers.
    *_pair("samples_in_columns.py", LAYER, "backward_pass", "backward_pass_total", "softmax_classifier",
           "the biases are summed over everything"),
    *_pair("sample_by_sample.py", TRAINED, "OneByOne", "OneByOneStraight", "network_without_biases",
           "no slope of the hidden layers"),
    *_pair("labelled_losses.py", BOTH, "margin_loss_and_gradient", "margin_loss_and_gradient_onesided", "",
           "the own class gets no gradient"),
    *_pair("labelled_losses.py", LAYER, "LogLoss", "LogLossLinear", "", "by the logits for by the probabilities"),
    *_pair("one_output.py", BOTH, "propagate", "propagate_unaveraged", "network", "db is not averaged"),
    *_pair("latent_loss.py", LOSS, "LatentLoss", "LatentLossWhole", "", "a factor ½ is missing"),
    *_pair("operators.py", LAYER, "Product", "ProductHalf", "product", "a factor is missing"),
    *_pair("images.py", LAYER, "Conv", "ConvOverwriting", "", "windows that overlap overwrite each other"),
    Exhibit("images.py", "ConvScaled", LAYER, WRONG, "", "dW is divided by the stride, which is 1 by default"),
    *_pair("images.py", LAYER, "MaxPool", "MaxPoolShifted", "", "the windows of another sample"),
    # What only a binding by hand tells.
    *_pair("logistic_cells.ipynb", "script", "logistic_cells", "logistic_cells", "mlp", "(y - p) for (p - y)", lines=10,
           edit=("(p - y)", "(y - p)")),
    Exhibit("parameter_tree.py", "gradients", VALUE, RIGHT, "mlp", lines=10),
    Exhibit("parameter_tree.py", "gradients_shared", "gradient alone", WRONG, "mlp", "db is averaged as well",
            lines=10),
    *_pair("shared_matrix.py", LAYER, "Twice", "TwiceUntransposed", "", "a square matrix is not transposed", lines=10),
]  # fmt: skip

# Second order: what boosted trees ask for.
SECOND = "gradient and Hessian"
ZOO += [
    *_pair("boosting.py", SECOND, "poisson_objective", "poisson_objective_flat", "poisson_objective",
           "the gradient where the Hessian is meant"),
    *_pair("boosting.py", SECOND, "softmax_objective", "softmax_objective_square", "softmax_objective",
           "p² for p (1 - p)"),
    Exhibit("boosting.py", "half_squared_objective", SECOND, WRONG, "half_squared_error", "2 for 1"),
    Exhibit("boosting.py", "logistic_objective_linear", SECOND, WRONG, "logistic_objective", "p for p (1 - p)"),
    Exhibit("boosting.py", "logistic_objective_twice", SECOND, WRONG, "logistic_objective", "2, as for softmax"),
    Exhibit("boosting.py", "logistic_objective_mean", SECOND, WRONG, "logistic_objective", "averaged, beside a sum"),
    Exhibit("boosting.py", "logistic_objective_kept", SECOND, RIGHT, "logistic_objective"),
    Exhibit("boosting.py", "logistic_objective_rough", SECOND, WRONG, "logistic_objective", "a floor of 0.1"),
    *_pair("boosting.py", SECOND, "brier_objective", "brier_objective_slope", "brier_objective", "a slope is missing"),
    Exhibit("boosting.py", "poisson_objective_ahead", SECOND, RIGHT, "poisson_objective"),
    Exhibit("boosting.py", "softmax_objective_kept", SECOND, RIGHT, "softmax_objective"),
    *_pair("boosting.py", SECOND, "softmax_objective_plain", "softmax_objective_thrice", "softmax_objective",
           "3 for the 2 of the convention"),
    *_pair("boosting.py", SECOND, "quantile_objective", "quantile_objective_weighted", "quantile_sum",
           "the weight of a side for its curvature"),
    *_pair("boosting.py", SECOND, "huber_objective", "huber_objective_outside", "huber_sum", "the sides are exchanged"),
    Exhibit("boosting.py", "huber_objective_ones", SECOND, RIGHT, "huber_sum"),
]  # fmt: skip

# Other packages, each where it is installed.
FUNCTION = "torch.autograd.Function"
ZOO += [
    *_pair("torch_manual.py", "torch module", "ManualLinear", "ManualLinearMean", "affine",
           "db is averaged over the batch", needs="torch"),
    *_pair("torch_manual.py", FUNCTION, "Square", "SquareAbsolute", "square", "|x| for x", needs="torch"),
    *_pair("torch_rules.py", FUNCTION, "LinearFunction", "LinearFunctionNegated", "affine", "dW is negated",
           needs="torch"),
    *_pair("torch_rules.py", FUNCTION, "TanhFunction", "TanhFunctionOfInput", "tanh", "the input is saved",
           needs="torch"),
    *_pair("torch_tensors.py", TRAINED, "TensorNet", "TensorNetStraight", "network_without_biases", "tanh' is missing",
           needs="torch"),
    *_pair("torch_tensors.py", "torch module", "GradLinear", "GradLinearTwice", "affine", "db twice", needs="torch"),
    *_pair("torch_tensors.py", LAYER, "relu_backward", "relu_backward_upstream", "relu", "the mask is of dout",
           needs="torch"),
    *_pair("jax_rules.py", "jax.custom_vjp", "squash", "squash_linear", "tanh", "1 - y for 1 - y²", needs="jax"),
    *_pair("jax_rules.py", "jax.custom_vjp", "scaled", "scaled_input", "", "the factor's gradient lacks x",
           needs="jax"),
    *_pair("autograd_rules.py", "autograd primitive", "logistic", "logistic_steep", "sigmoid",
           "the derivative at the value of something else", needs="autograd"),
    *_pair("autograd_rules.py", "autograd primitive", "product", "product_swapped", "", "the rules are swapped",
           needs="autograd"),
]  # fmt: skip
