"""Call a subject once, and let nothing that it does escape: it may raise, hang, print, or write where it should not."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.auditing.isolation import unwatch, watch
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Recovered, Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.errors import described


@dataclass(frozen=True)
class Returned:
    """What a subject returned, checked for form: gradients by the name of their tensor."""

    loss: float | None
    gradients: dict[str, NDArray[Any]]
    uncertainty: dict[str, NDArray[Any]]


def _innermost(error: BaseException, subject: Subject) -> traceback.FrameSummary:
    """The innermost line of the subject's own file, or else of any."""
    frames = traceback.extract_tb(error.__traceback__)
    file = getattr(getattr(subject.function, "__code__", None), "co_filename", None)
    return next((frame for frame in reversed(frames) if frame.filename == file), frames[-1])


def call(subject: Subject, derivation: Derivation, case: Case) -> Returned:
    """Call the subject on a case of its own.

    Raises:
        Problem: anything that keeps the result from being compared.
    """
    given = case.copied()
    arrays = given.arrays  # as they are named before the subject has its way with the mappings
    result = _guarded(subject, given)
    for name, array in case.arrays.items():
        if arrays[name].tobytes() != array.tobytes():
            raise Problem(
                "writes into its arguments",
                f"the subject changed case array {name}: expected it as it was given, since the caller still needs it; "
                "work on a copy.",
            )
    return _checked(result, derivation, case)


def _guarded(subject: Subject, case: Case) -> Any:
    try:
        with limited(subject.time_limit, _guarded.__code__), quiet():
            watch(subject.time_limit)
            return subject(case)
    except TooLong:
        raise Problem(
            "never returns",
            f"the subject did not return within time_limit={subject.time_limit:g} seconds; "
            "look for a loop that does not end, or raise time_limit in @gdverify.subject.",
        ) from None
    except (Exception, SystemExit) as error:
        frame = _innermost(error, subject)
        raise Problem(
            "raises",
            f"the subject raised {described(error)} at {frame.filename}:{frame.lineno}, "
            f"with {_sizes(case) or 'scalars'}; it should return its gradients for any case. "
            "Where it can take only some sizes or depths, say so: @gdverify.subject(…, sizes={…}, hidden=…).",
        ) from error
    finally:
        unwatch()


def _checked(result: Any, derivation: Derivation, case: Case) -> Returned:
    if result is None:
        raise Problem("returns None", "the subject returned None: expected a mapping such as {'loss': …, 'W1': dW1}.")
    if not isinstance(result, Mapping):
        raise Problem(
            "returns no mapping",
            f"the subject returned a {type(result).__name__}: expected a mapping from the names of tensors to "
            f"their gradients, "
            f"{_example(derivation)}.",
        )
    named = {_tensor_name(str(key), derivation): value for key, value in result.items()}
    if len(named) < len(result):
        raise Problem(
            "wrong keys",
            f"the subject returned keys {sorted(map(str, result))}: expected each gradient once, as 'W1' or as 'dW1'.",
        )
    loss = named.pop("loss", None)
    _check_keys(named, derivation, case)
    shapes = {t.name: tuple(case.sizes[axis.name] for axis in t.axes) for t in derivation.every_adjoint}
    gradients = {name: _array(name, value, shapes[name], case) for name, value in named.items()}
    uncertainty = {n: _uncertainty(n, v, shapes[n]) for n, v in named.items() if isinstance(v, Recovered)}
    return Returned(None if loss is None else _scalar(loss), gradients, uncertainty)


def _tensor_name(key: str, derivation: Derivation) -> str:
    """The tensor that a key means: ``W1``, or ``dW1`` where no tensor is called so."""
    known = {tensor.name for tensor in derivation.every_adjoint}
    return key[1:] if key not in known and key.startswith("d") and key[1:] in known else key


def _check_keys(named: Mapping[str, Any], derivation: Derivation, case: Case) -> None:
    wanted = [tensor.name for tensor in derivation.wanted]
    known = {tensor.name for tensor in derivation.every_adjoint}
    missing = [name for name in wanted if name not in named]
    unknown = [name for name in named if name not in known]
    if missing or unknown:
        depth = f" This case has {_sizes(case)}." if case.options else ""
        raise Problem(
            "wrong keys",
            f"the subject returned keys {sorted(named)}: expected one for each of {wanted}"
            + (f", missing {missing}" if missing else "")
            + (f", not known {unknown}" if unknown else "")
            + f". Intermediate tensors may be added by name.{depth}"
            + (
                " A network of fixed depth says so: @gdverify.subject(…, hidden=2)." if "hidden" in case.options else ""
            ),
        )


def _array(name: str, value: Any, shape: tuple[int, ...], case: Case) -> NDArray[Any]:
    if value is None:
        raise Problem("returns None", f"the gradient of {name} is None: expected an array of shape {shape}.")
    value = value.value if isinstance(value, Recovered) else value
    if isinstance(value, (int, float)) and not isinstance(value, np.generic):
        value = np.asarray(value, dtype=case.dtype)  # a Python number has no dtype of its own
    array = _made_array(f"the gradient of {name}", value)
    if array.shape != shape:
        raise Problem(
            "wrong shape",
            f"the gradient of {name} has shape={array.shape}: expected exactly {shape}, the shape of {name}; "
            "NumPy would broadcast it silently in an update.",
        )
    if array.dtype != case.dtype:
        raise Problem(
            "wrong dtype",
            f"the gradient of {name} has dtype={array.dtype}: expected {case.dtype}, that of the parameters. "
            "Where the implementation computes in one dtype only, say so: @gdverify.subject(…, dtypes=('float64',)).",
        )
    return np.array(array)


def _scalar(loss: Any) -> float:
    array = _made_array("the loss", loss)
    if array.shape != ():
        raise Problem("wrong shape", f"the loss has shape={array.shape}: expected a number, shape ().")
    if array.dtype.kind not in "fiu":
        raise Problem("wrong dtype", f"the loss has dtype={array.dtype}: expected a real number.")
    return float(array)


def _uncertainty(name: str, value: Recovered, shape: tuple[int, ...]) -> NDArray[Any]:
    array = _made_array(f"the uncertainty of {name}", value.uncertainty)
    if array.shape != shape:
        raise Problem("wrong shape", f"the uncertainty of {name} has shape={array.shape}: expected exactly {shape}.")
    return array


def _made_array(what: str, value: Any) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except Exception as error:  # rows of different lengths, or a tensor that refuses
        raise Problem(
            "no array", f"{what} is a {type(value).__name__} that NumPy cannot read: {described(error)}"
        ) from error


def _sizes(case: Case) -> str:
    return ", ".join(f"{name}={value}" for name, value in {**case.options, **case.sizes}.items())


def _example(derivation: Derivation) -> str:
    return "{'loss': …, " + ", ".join(f"'{t.name}': d{t.name}" for t in derivation.wanted[:2]) + ", …}"
