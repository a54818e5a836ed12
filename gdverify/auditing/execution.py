"""Call a subject once, and let nothing that it does escape: it may raise, hang, print, or write where it should not."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.arrays import gradient, scalar, uncertainty
from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Recovered, Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.errors import BindingError, described

Array = NDArray[Any]


@dataclass(frozen=True)
class Returned:
    """What a subject returned, checked for form, and what is left of the call.

    Attributes:
        loss: None where it returns none.
        gradients: by the name of their tensor, as they were on return.
        uncertainty: of recovered gradients.
        held: the gradients in the memory that the subject returned, which a later call may write into.
        given: the arguments after the call.
        types: of gradients that are a subclass of NumPy's array.
    """

    loss: float | None
    gradients: dict[str, Array]
    uncertainty: dict[str, Array]
    held: Mapping[str, Array] = field(repr=False)
    given: Mapping[str, Array] = field(repr=False)
    types: Mapping[str, str]

    @property
    def values(self) -> dict[str, Array]:
        """Gradients, and the loss behind them."""
        return {**self.gradients, **({} if self.loss is None else {"loss": np.asarray(self.loss)})}

    @property
    def released(self) -> Returned:
        """The values alone, without the memory of the call: for those who keep them."""
        return replace(self, held={}, given={})


def adjoint_name(name: str) -> str:
    """What the reference calls the value of a subject: ``loss``, or ``dW1`` for the gradient ``W1``."""
    return name if name == "loss" else f"d{name}"


def adjoint_names(returned: Returned) -> list[str]:
    """What the reference is asked for."""
    return [adjoint_name(name) for name in returned.values]


def raised(error: BaseException, subject: Subject) -> str:
    """What a subject raised, and where."""
    frame = _innermost(error, subject)
    return f"{described(error)} at {frame.filename}:{frame.lineno}"


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
    return call_on(subject, derivation, case, case.copied())


def call_on(subject: Subject, derivation: Derivation, case: Case, given: Case) -> Returned:
    """Call the subject on arrays with the values of a case, laid out in memory as the caller wants them.

    Raises:
        Problem: as in `call`.
    """
    arrays = given.arrays  # as they are named before the subject has its way with the mappings
    return _checked(_guarded(subject, given), subject, derivation, case, arrays)


def _guarded(subject: Subject, case: Case) -> Any:
    try:
        with limited(subject.time_limit, _guarded.__code__), quiet():
            return subject(case)
    except TooLong:
        raise Problem(
            "never returns",
            f"the subject did not return within time_limit={subject.time_limit:g} seconds; "
            f"look for a loop that does not end, or allow it more: {subject.declaring('time_limit=…')}.",
        ) from None
    except BindingError as error:
        raise Problem("misfit", str(error)) from error
    except (Exception, SystemExit) as error:
        raise Problem(
            "raises",
            f"the subject raised {raised(error, subject)}, with {_sizes(case) or 'scalars'}; it should return its "
            "gradients for any case. Where it can take only some sizes or depths, say so: "
            f"{subject.declaring('sizes={…}, hidden=…')}.",
        ) from error


def by_tensor(result: Any, subject: Subject, derivation: Derivation, case: Case) -> dict[str, Any]:
    """What a subject returned, by the name of its tensor, and ``loss`` where it returns one.

    Raises:
        Problem: it is no mapping, or not one from the names of the tensors.
    """
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
    _check_keys([name for name in named if name != "loss"], subject, derivation, case)
    return named


def shapes_of(derivation: Derivation, case: Case) -> dict[str, tuple[int, ...]]:
    """The shape of every gradient by the name of its tensor."""
    return {t.name: tuple(case.sizes[axis.name] for axis in t.axes) for t in derivation.every_adjoint}


def _checked(result: Any, subject: Subject, derivation: Derivation, case: Case, given: Mapping[str, Array]) -> Returned:
    named = by_tensor(result, subject, derivation, case)
    loss = named.pop("loss", None)
    shapes = shapes_of(derivation, case)
    values = {name: value.value if isinstance(value, Recovered) else value for name, value in named.items()}
    held = {name: gradient(name, value, shapes[name], case.dtype, subject.declaring) for name, value in values.items()}
    return Returned(
        None if loss is None else scalar(loss),
        {name: np.array(array) for name, array in held.items()},
        {n: uncertainty(n, v.uncertainty, shapes[n]) for n, v in named.items() if isinstance(v, Recovered)},
        held,
        given,
        {name: type(value).__name__ for name, value in values.items() if _is_subclass(value)},
    )


def _is_subclass(value: Any) -> bool:
    # An array in a file is an array like any other.
    return isinstance(value, np.ndarray) and type(value) not in (np.ndarray, np.memmap)


def _tensor_name(key: str, derivation: Derivation) -> str:
    """The tensor that a key means: ``W1``, or ``dW1`` where no tensor is called so."""
    known = {tensor.name for tensor in derivation.every_adjoint}
    return key[1:] if key not in known and key.startswith("d") and key[1:] in known else key


def _check_keys(named: Sequence[str], subject: Subject, derivation: Derivation, case: Case) -> None:
    wanted = [tensor.name for tensor in derivation.wanted]
    known = {tensor.name for tensor in derivation.every_adjoint}
    missing = [name for name in wanted if name not in named]
    unknown = [name for name in named if name not in known]
    if missing or unknown:
        depth = f" This case has {_sizes(case)}." if case.options else ""
        if "hidden" in case.options:
            depth += f" A network of fixed depth says so: {subject.declaring('hidden=2')}."
        raise Problem(
            "wrong keys",
            f"the subject returned keys {sorted(named)}: expected one for each of {wanted}"
            + (f", missing {missing}" if missing else "")
            + (f", not known {unknown}" if unknown else "")
            + f". Intermediate tensors may be added by name.{depth}",
        )


def _sizes(case: Case) -> str:
    return ", ".join(f"{name}={value}" for name, value in {**case.options, **case.sizes}.items())


def _example(derivation: Derivation) -> str:
    return "{'loss': …, " + ", ".join(f"'{t.name}': d{t.name}" for t in derivation.wanted[:2]) + ", …}"
