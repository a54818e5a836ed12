"""What a row of a package's table is: the forward pass of an operation in the package's own functions.

Its parameters are the operands of the operation and its constants, by their names in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Row = Callable[..., Any]
