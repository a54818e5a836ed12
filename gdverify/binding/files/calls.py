"""Calls at the top level of a file: those that make a value and do nothing else, and those that are never made."""

from __future__ import annotations

import re

HARMLESS_MODULES = (
    "numpy.", "math.", "random.", "functools.", "collections.", "typing.", "dataclasses.", "enum.", "itertools.",
    "operator.", "fractions.", "decimal.", "copy.", "pathlib.", "os.path.", "time.", "logging.getLogger", "re.compile",
    "torch.", "jax.", "autograd.", "scipy.special.", "scipy.stats.", "sympy.", "gdverify.",
)  # fmt: skip
"""Modules whose functions make a value; what of them reads or writes is in `FORBIDDEN`, which goes first."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PURE = _words("""
    abs all any bool bytes callable complex dict divmod enumerate float frozenset hash id int isinstance issubclass
    iter len list map max min next object pow property range repr reversed round set slice sorted staticmethod
    classmethod str sum super tuple type zip getattr hasattr
""")

METHODS = _words("""
    astype reshape copy transpose flatten ravel squeeze sum mean std var max min dot repeat tolist item clip round
    swapaxes argmax cumsum prod fill_ float double long view t requires_grad_ clone detach numpy size unsqueeze
    normal standard_normal uniform random rand randn integers randint choice permutation random_sample
    split strip join lower upper format replace startswith items keys values get index count resolve
    partial
""")
"""Methods of arrays, generators, texts and dictionaries that change nothing."""

REGISTERS = _words("""
    numpy.random.seed random.seed torch.manual_seed torch.set_default_dtype torch.set_default_tensor_type
    torch.set_printoptions numpy.set_printoptions numpy.seterr warnings.filterwarnings warnings.simplefilter
    warnings.warn sys.path.append sys.path.insert sys.setrecursionlimit jax.config.update matplotlib.use
    defvjp defjvp defvjps defvjp_argnums
""")
"""Calls that matter for their effect: they set a seed or a path, or register a derivative."""

FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"(.*\.)?(input|raw_input|getpass)", "asks for input"),
    (r"((sys|os)\.)?(exit|_exit|quit|abort)", "ends the program"),
    (r"os\.(system|popen|exec\w*|spawn\w*|fork|kill)|subprocess\..*", "runs another program"),
    (r"(.*\.)?(open|memmap|fromfile|genfromtxt|loadtxt|loadmat|imread|urlopen|urlretrieve)", "reads a file"),
    (r"(.*\.)?((load|read|fetch)(_\w+)?|readlines?|get_data|get_dataset|make_dataset)", "reads a file"),
    (r"(.*\.)?((save|write)(_\w+)?|savetxt|savez|tofile|to_csv|dump|mkdir|makedirs)", "writes a file"),
    (r"(.*\.)?(remove|rmtree|unlink|rename)", "removes a file"),
    (r"(matplotlib|seaborn)\..*|(.*\.)?(plot(_\w+)?|scatter|imshow|show|savefig|figure|subplots?)", "plots"),
    (r"(.*\.)?p?print", "prints"),
    (r"(.*\.)?((train|fit)(_\w+)?|learn|gradient_descent|sgd|optimi[sz]e|minimi[sz]e)", "trains"),
    (r"(.*\.)?(main|run|demo|test(_\w+)?)", "runs the program"),
)
"""What a call's dotted name looks like, and why it is not made even where a definition needs its value."""


def forbidden(name: str) -> str:
    """Why a call is never made; empty where nothing is known against it."""
    return next((why for pattern, why in FORBIDDEN if re.fullmatch(pattern, name)), "")
