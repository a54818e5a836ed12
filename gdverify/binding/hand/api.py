"""`script` and `bind`: what a user writes."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from gdverify.auditing.subject import TIME_LIMIT, Against, Subject, name_of, source_of
from gdverify.binding.equations.penalties import penalty, regularised
from gdverify.binding.hand import program
from gdverify.binding.hand.checking import check
from gdverify.binding.hand.declared import Getter, Getters, Hand, Maker
from gdverify.binding.hand.grammar import Path, path
from gdverify.binding.hand.own import OwnSubject
from gdverify.binding.hand.points import Draw, Shape
from gdverify.binding.hand.program import Script
from gdverify.binding.hand.subject import HandSubject
from gdverify.binding.hand.wording import lines
from gdverify.cases.regimes import REGIMES
from gdverify.errors import UsageError
from gdverify.evidence.allowance import Allowance
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation

Place = str | Maker
Places = Place | Sequence[Place]


def script(
    path: str | File,
    *,
    set: Mapping[str, Any] | None = None,
    stub: Mapping[str, Any] | Iterable[str] = (),
    replace: Mapping[str, str] | None = None,
    seed: int = 0,
    time_limit: float = program.TIME_LIMIT,
) -> Script:
    """A script or notebook to be bound: a file that runs from its first line to its last, with no function to call.

    It is run as a whole for each case (its imports once), in a scratch directory, without a terminal, with its output
    dropped; what stands behind ``if __name__ == "__main__":`` runs too, magics of a notebook do not. Modules that are
    not installed do nothing. Called without arguments it runs once and returns its globals as attributes.

    Args:
        path: of a ``.py`` or ``.ipynb`` file; a relative one begins at the folder of the file that this is called in.
        set: values of names where the script, outside of functions and loops, first assigns them; what it would have
            assigned is not computed: ``{"epochs": 1}``.
        stub: names as the script uses them, ``"plt"``, ``"np.loadtxt"`` or ``"input"``, that are to do nothing; or a
            mapping from such names to what stands for them: ``{"load_data": lambda: (0, 0)}``.
        replace: pieces of its text and what stands in their place, everywhere: ``{"range(60000)": "range(1)"}``.
        seed: of `random` and NumPy's global generator before each run.
        time_limit: seconds for one run.

    Raises:
        LoadError: there is no such file, or it is not Python.
        UsageError: what is to be set, stubbed or replaced does not occur in it.
    """
    shown = str(path)
    if not 0 < time_limit < float("inf"):
        raise UsageError(f"script({shown!r}): time_limit={time_limit!r}: expected a positive number of seconds.")
    caller = sys._getframe(1).f_globals.get("__file__")
    beside = File(caller).resolve().parent / path if caller else File(path)
    found = beside if beside.exists() else File(path)
    return program.opened(found, shown, replace or {}, stub, values=set or {}, seed=seed, time_limit=time_limit)


def bind(
    make: Maker | Script | type | None = None,
    *,
    against: Against | None = None,
    places: Mapping[str, str | Sequence[str]] | None = None,
    run: Maker | None = None,
    gradients: Mapping[str, Places] | str | None = None,
    rate: float | str | None = None,
    forward: Maker | None = None,
    value: Place | None = None,
    output: Place | None = None,
    inputs: Mapping[str, Shape | Draw] | None = None,
    steps: int | None = None,
    set: Mapping[str, Any] | None = None,
    seed: int = 0,
    name: str | None = None,
    sizes: Mapping[str, Any] | None = None,
    dtypes: Sequence[str] = (),
    regimes: Sequence[str] = tuple(REGIMES),
    time_limit: float = TIME_LIMIT,
    tolerance: float = 1.0,
    precision: str | None = None,
    kink: float | str | None = None,
    regularisation: str | None = None,
    **options: Any,
) -> Subject:
    """Bind an implementation by hand: say where its numbers are, and get a subject for `audit` and `check`.

    Places are written as in Python and never evaluated: attributes, keys, slices, sizes, ``.T`` and ``.reshape(…)``
    from ``self``, the object (which may be left out: ``"W1.T"`` is ``"self.W1.T"``), or ``returned``, what ``run``
    returned. ``"layers[0][:].weights"`` is a row for each object of a list; private ``"__w"`` is found. A place
    ``"W{k}"``: ``"weights[k - 1].T"`` or ``"params[f'W{k}']"`` holds for every layer. Functions take the case ``c``:
    ``c.x``, ``c.W1`` are its arrays, ``c.inputs``, ``c.widths`` its sizes, ``c.self`` and ``c.returned`` as above,
    ``c.upstream`` what arrives from behind.

    Args:
        make: makes the object for a case, ``lambda c: Net(c.inputs, c.outputs)``, or a class that takes no arguments,
            or a `script`; None for functions.
        against: the architecture or operation whose gradients they should be, or its second derivatives,
            `gdverify.hessian_product` or `gdverify.hessian_diagonal`; by default finite differences of the code's own
            forward pass, which ``value`` or ``output`` says where to find.
        places: of tensors; those in places are put there before the run. Several places for one tensor are tied
            weights.
        run: makes the calls that give the gradients, ``lambda c: c.self.train(c.x, c.t)``; a script needs none.
        gradients: by tensor the place, or a function of the case; several are added up. Or one place, ``"self.grads"``,
            under which the gradients lie as the parameters do in self. What has none is taken from the change of the
            weights.
        rate: the learning rate behind such a change: a number, best a large power of two, or the place where it is
            set to one.
        forward: gives the value, where ``run`` changes the weights; what it returns is then ``returned``.
        value: where the loss is.
        output: where the result is, for code that is handed its gradient from behind.
        inputs: without ``against``: the axes, names or numbers, of each array that is handed over, or a function of a
            generator and the sizes that draws it. What the code is handed from behind is ``upstream``.
        steps: for weights that the code makes itself, without ``against``: after how many steps to look. ``make`` finds
            their number, then one more, in ``c.steps``.
        set: places of self and their values, set before the run.
        seed: of `random` and NumPy's global generator, whenever the code runs.
        name: in the report.
        dtypes: that it can take; by default those that it keeps, so that what comes in comes out.
        regimes: the ways of drawing values that it can take, where it raises on large ones: ``("ordinary", "tiny")``.
        sizes, time_limit, tolerance, precision, kink: as in `subject`.
        regularisation: what is added to the loss of an architecture, ``"l2(0.01)"``; see
            `gdverify.binding.equations.penalties`.
        options: of the family, as in `subject`.

    Raises:
        UsageError: a place that is none, a tensor that the architecture does not have, a parameter without a gradient,
            or what contradicts each other.
        UnknownName: an architecture or option that does not exist.
    """
    _check_maker(make)
    source = _regularised(None if against is None else source_of(against), regularisation)
    hand = Hand(
        source,
        make,
        {tensor: _paths(f"places={{{tensor!r}: …}}", one) for tensor, one in (places or {}).items()},
        run,
        forward,
        dict(_gradients(gradients)),
        path(gradients, "gradients=…") if isinstance(gradients, str) else None,
        path(rate, "rate=…") if isinstance(rate, str) else rate,
        _getter("value=…", "returned" if forward and value is output is None else value),
        _getter("output=…", output),
        {path(place, f"set={{{place!r}: …}}"): one for place, one in (set or {}).items()},
        steps,
        seed,
    )
    called = name or _named(make, run)
    allowance = Allowance(tolerance, precision, kink)
    if source is None:
        found: HandSubject | OwnSubject = OwnSubject(
            hand, called, "", {}, sizes or {}, (), time_limit, allowance, "", hand, inputs or {}
        )
        options = {**options, **_of_cases(dtypes, regimes)}
    else:
        found = HandSubject(
            hand, called, source, options, sizes or {}, tuple(dtypes), time_limit, allowance, "", regimes
        )
    wanted = check(found, hand, inputs or {}, options)
    return dataclasses.replace(found, binding="; ".join(lines(hand, wanted)))


def _of_cases(dtypes: Sequence[str], regimes: Sequence[str]) -> dict[str, Any]:
    """What only cases of an architecture have, where it was given."""
    given = {"dtypes": tuple(dtypes), "regimes": tuple(regimes)}
    return {name: value for name, value in given.items() if value not in ((), tuple(REGIMES))}


def _regularised(source: Architecture | Operation | None, term: str | None) -> Architecture | Operation | None:
    """What it is judged against with what is added to its loss."""
    if term is None:
        return source
    if not isinstance(source, Architecture):
        raise UsageError(
            f"bind(regularisation={term!r}): only the loss of an architecture can have a term; expected against=… with "
            f"the name of one, got {source}."
        )
    return regularised(source, penalty(term))


def _check_maker(make: Any) -> None:
    if make is not None and not isinstance(make, Script) and not callable(make):
        raise UsageError(
            f"bind({type(make).__name__} …): expected what makes the object anew for each case, lambda c: "
            "Net(c.inputs), a class, or gdverify.script(…); an object itself would remember one case in the next."
        )


def _paths(said: str, places: str | Sequence[str]) -> tuple[Path, ...]:
    return tuple(path(one, said) for one in ([places] if isinstance(places, str) else places))


def _gradients(said: Mapping[str, Places] | str | None) -> Iterator[tuple[str, Getters]]:
    for tensor, places in said.items() if isinstance(said, Mapping) else ():
        several = [places] if isinstance(places, str) or callable(places) else places
        yield tensor, tuple(_required(f"gradients={{{tensor!r}: …}}", one) for one in several)


def _required(said: str, place: Place) -> Getter:
    return path(place, said) if isinstance(place, str) else place


def _getter(said: str, place: Place | None) -> Getter | None:
    return None if place is None else _required(said, place)


def _named(make: Any, run: Any) -> str:
    """``net.py:Net`` for the class that is bound, and ``bindings.py:bound_in_line_3`` for what has no name."""
    if isinstance(make, Script):
        return f"{make.shown}:{make.source.path.stem}"
    if isinstance(make, type):
        return name_of(make)
    code = getattr(run if make is None else make, "__code__", None)
    return f"{File(code.co_filename).name}:bound_in_line_{code.co_firstlineno}" if code else "binding"
