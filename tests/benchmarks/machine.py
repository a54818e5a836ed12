"""What the figures were measured on."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

import numpy as np
import sympy


def described() -> str:
    """Versions, cores, BLAS threads and how busy the machine is with other things."""
    return (
        f"Python {platform.python_version()}, NumPy {np.__version__}, SymPy {sympy.__version__}; {cores()} cores; "
        f"BLAS: {_blas()}, threads: {_blas_threads()}; load of the last minute: {_load()}"
    )


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _blas() -> str:
    found = np.show_config(mode="dicts")
    blas = found["Build Dependencies"]["blas"] if found else {}
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _blas_threads() -> str:
    """What the OpenBLAS in NumPy's wheel says of itself, else what the environment asks of it."""
    bundled = Path(np.__file__).parent.parent / "numpy.libs"
    for library in sorted(bundled.glob("*openblas*")):
        count = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_num_threads64_", None)
        if count is not None:
            return str(count())
    return os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or "the library's default"
