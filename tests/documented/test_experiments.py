"""The training runs: what they end with, how they are chosen, and that a seed repeats them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from gdverify.documented.experiments import EXPERIMENTS, Outcome, perform, select
from gdverify.documented.fully_connected import CorrectedFlattened, Flattened, FullyConnected
from gdverify.documented.neuron import gradient
from gdverify.documented.runs import fully_connected, neuron
from gdverify.documented.runs.training import INTERVALS, Training, descend
from gdverify.errors import UnknownName

# All but these end within half a second; these have tests of their own, with fewer steps.
SLOW = {"neuron-slow", "network-longer", "wide-network-flattened"}
FAST = [experiment.name for experiment in EXPERIMENTS if experiment.name not in SLOW]


def outcomes(name: str, seed: int = 0) -> dict[str, Outcome]:
    (experiment,) = select([name])
    return {outcome.label: outcome for outcome in perform(experiment, seed).outcomes}


def finish(train: Training, seed: int = 0) -> tuple[str, float, float]:
    """The text, the first and the last loss of a run."""
    text, curve = train(np.random.default_rng(seed), lambda done, steps: None)
    return text, curve.losses[0], curve.losses[-1]


def test_neuron_reaches_its_target() -> None:
    found = outcomes("neuron")
    assert found["documented"].text == "p = 0.3010 after 10,000 steps"
    assert found["right"].text == "p = 0.3016 after 10,000 steps"


def test_neuron_is_far_from_its_target_with_the_small_learning_rate() -> None:
    (experiment,) = select(["neuron-slow"])
    assert [run.label for run in experiment.runs] == ["documented", "right"]
    # A tenth of the documented steps: p is still above 0.5 − 0.5 · 0.1.
    train = partial(neuron.train, gradient=gradient, learning_rate=0.01, steps=5_000)
    assert finish(train)[2] > 0.15**2


def test_small_network_is_near_its_targets_after_1000_steps() -> None:
    curve = outcomes("network")["documented = right"].curve
    assert curve.losses[-1] < 0.04 * curve.losses[0]


def test_small_network_reaches_its_targets_with_more_steps() -> None:
    train = partial(fully_connected.train, network=FullyConnected, layers=(2, 3, 3, 2), learning_rate=0.01)
    text, _, last = finish(partial(train, steps=8_000))
    assert text == "outputs (0.3000, 0.6700) after 8,000 steps"
    assert last < 1e-12


def test_wide_network_has_no_gradient() -> None:
    found = outcomes("wide-network")["documented = right"]
    assert "the gradients of all 3 weights are exactly 0" in found.text
    assert found.curve.losses[0] == found.curve.losses[1]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_small_network_does_not_pass_for_saturated() -> None:
    text = finish(partial(fully_connected.saturate, layers=(2, 3, 2)))[0]
    assert text == "2 of 2 weights have a gradient"


def test_flattened_network_learns_by_its_last_layer_a_hundred_times_too_fast() -> None:
    train = partial(fully_connected.train, layers=fully_connected.WIDE, steps=10)
    wrong = partial(train, network=Flattened, learning_rate=0.01)
    right = partial(train, network=CorrectedFlattened)
    drops = [
        first - last
        for _, first, last in map(
            finish, (wrong, partial(right, learning_rate=0.01), partial(right, learning_rate=1.0))
        )
    ]
    assert drops[0] / drops[1] == pytest.approx(100, rel=0.05)
    assert drops[0] / drops[2] == pytest.approx(1, rel=0.05)


def test_classifier_falls_with_either_gradient_and_not_alike() -> None:
    found = {label: outcome.curve.losses for label, outcome in outcomes("classifier").items()}
    assert list(found) == ["documented", "right", "right, learning rate 0.1"]
    for losses in found.values():
        assert len(losses) == 102
        assert losses[100] < losses[0]
        # In single precision, as documented: no digit is lost in rounding to it.
        np.testing.assert_array_equal(losses, losses.astype(np.float32))
    # The same weights to begin with; the mean over 100 samples moves slowly at the documented rate.
    assert len({losses[0] for losses in found.values()}) == 1
    assert found["right"][100] > found["documented"][100] > found["right, learning rate 0.1"][100]


def test_quadratic() -> None:
    found = outcomes("quadratic")["documented = right"]
    assert found.text == "z = -0.0206 after 50 steps"
    # z is multiplied by 1 − 2 · 0.05 at every step.
    np.testing.assert_allclose(found.curve.losses, 16 * 0.81 ** np.arange(51))


def test_line_is_the_least_squares_line() -> None:
    text = outcomes("line")["documented = right"].text
    assert text.startswith("a = 0.9364, b = 0.3709 after 1,000 steps")
    assert text.endswith("least squares: 0.9364, 0.3709")


@pytest.mark.parametrize("name", ["mlp-relu", "mlp-tanh", "mlp-relu-batches"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mlp_learns_the_noisy_sine(name: str, seed: int) -> None:
    losses = outcomes(name, seed)["documented = right"].curve.losses
    assert 0.55 < losses[0] < 1.1
    assert 0.06 < losses[-1] < 0.115


@pytest.mark.parametrize("name", FAST)
def test_a_seed_repeats_its_result(name: str) -> None:
    first, second = outcomes(name, seed=5), outcomes(name, seed=5)
    for label, outcome in first.items():
        assert outcome.text == second[label].text
        np.testing.assert_array_equal(outcome.curve.losses, second[label].curve.losses)


def test_another_seed_gives_another_result() -> None:
    first, second = (outcomes("line", seed)["documented = right"].text for seed in (0, 1))
    assert first != second


def test_the_table() -> None:
    names = [experiment.name for experiment in EXPERIMENTS]
    assert len(set(names)) == len(names)
    assert set(names) >= SLOW
    for experiment in EXPERIMENTS:
        assert experiment.source
        assert experiment.claim
        labels = [run.label for run in experiment.runs]
        assert labels == ["documented = right"] or labels[:2] == ["documented", "right"]


def test_select() -> None:
    assert select([]) == EXPERIMENTS
    # In the order of the table, and once each.
    assert [each.name for each in select(["line", "neuron", "line"])] == ["neuron", "line"]
    with pytest.raises(UnknownName, match="unknown experiment 'nuron': did you mean neuron"):
        select(["line", "nuron"])


def test_progress_says_which_run_and_how_far() -> None:
    said: list[str] = []
    (experiment,) = select(["quadratic"])
    perform(experiment, progress=said.append)
    assert said[0] == "quadratic, documented = right: step 1 of 50"
    assert said[-1] == "quadratic, documented = right: step 50 of 50"


@pytest.mark.parametrize("steps", [0, 1, 7, INTERVALS, INTERVALS + 1, 2_345])
def test_descend_takes_every_step_and_thins_the_curve(steps: int) -> None:
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    curve = descend(step, lambda: taken, steps, lambda done, of: None)
    assert taken == steps
    # The loss here is the number of steps taken: each is recorded where it belongs.
    np.testing.assert_array_equal(curve.losses, curve.steps)
    assert len(curve.steps) == min(steps, INTERVALS) + 1
    assert (curve.steps[0], curve.steps[-1]) == (0, steps)
    assert (np.diff(curve.steps) > 0).all()
