"""What names mean: how people call the arguments and results of a forward and a backward pass.

A name never decides on its own: it says what is tried first, and breaks ties between readings that fit alike.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Words are compared without case and underscores.
ARGUMENTS: dict[str, str] = {
    "input": "x z input inputs data features feature sample samples xbatch xtrain xs inp prev aprev a0 in h",
    "target": "t y target targets label labels ytrue ytarget truth expected yi yb ys ytrain desired onehot actual",
    "prediction": "yhat ypred yp p pred preds prediction predictions output outputs out y4 a2 a aout probs yhats "
    "result o y a3 al scores logits predicted",
    "upstream": "dout dy dz da grad grads gradoutput upstream delta error dvalues dldy outputgradient gradient dl dh "
    "d outputerror gradout dldout doutput dldz dloss dupstream g gy dyhat dlda",
    "cache": "cache caches context ctx saved memory stored cached tape intermediates activations",
    "parameters": "params parameters weights theta model p w wb",
    "rate": "lr learningrate eta rate stepsize alpha gamma",
    "repetitions": "epochs epoch iterations niter niters niterations numiters maxiters nepochs "
    "steps numiterations numepochs maxiter iters nsteps times",
    "derivative": "derivative deriv prime diff isderivative derive",
    "regularisation": "reg lam lambda lambd l2 regularization regularisation weightdecay decay lmbda "
    "l2reg l1reg reglambda lambdareg l2lambda l1lambda lambdal2 lambdal1 regstrength lamb lambdaparam mylambda "
    "regparam regparameter regcoef ridge",
    "optimiser": "optimizer optimiser opt",
    "loss": "loss lossfn criterion cost losslayer",
    "verbose": "verbose print printevery log debug plot",
    "training": "training train istraining mode",
}

CONSTRUCTOR: dict[str, str] = {
    "inputs": "in inputs nin ninputs ninput infeatures inputsize inputdim indim insize numinputs fanin inputnodes "
    "inodes din inputlayersize nx xdim features nfeatures numfeatures inputnum ninp idim inunits "
    "inputunits d dimin size dim",
    "outputs": "out outputs nout noutputs noutput outfeatures outputsize outputdim outdim outsize numoutputs fanout "
    "onodes outputnodes dout outputlayersize ny classes nclasses numclasses units neurons nneurons odim "
    "outunits outputunits k numlabels nlabels numlabel noutputnodes dimout nunits numneurons",
    "hidden": "hidden nhidden hiddensize hiddendim numhidden hiddennodes hnodes hiddenunits nh h hiddenlayersize "
    "hiddenfeatures hdim nhiddennodes hiddenneurons",
    "hidden list": "hiddensizes hiddenlayers hiddendims hiddenlayersizes hiddens hiddenwidths",
    "layers": "layers sizes layersizes dims layerdims architecture shape topology structure widths layerssize "
    "networkstructure layout nodes neuronsperlayer layersdims",
    "rate": ARGUMENTS["rate"],
    "seed": "seed randomstate randomseed",
    "generator": "rng generator random",
    "dropout": "dropout dropoutrate dropoutprob dropoutp droprate dropprob",
    "kept": "keepprob keep keepp",
    "truncation": "bptttruncate truncate truncation bptt bpttsteps truncatedsteps",
    "activation": "activation act activationfn nonlinearity activationfunction f func",
    "loss": ARGUMENTS["loss"],
    "optimiser": ARGUMENTS["optimiser"],
    "repetitions": ARGUMENTS["repetitions"],
    "regularisation": ARGUMENTS["regularisation"],
    "batch": "batch batchsize nsamples n",
}


def plain(name: str) -> str:
    """A name without case and underscores."""
    return name.replace("_", "").lower()


def meanings(name: str, table: dict[str, str]) -> list[str]:
    """What an argument of this name may be, in the order of the table."""
    word = plain(name)
    return [meaning for meaning, words in table.items() if word in _split(words)]


@lru_cache(maxsize=256)
def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())


# How the gradient of a tensor W1 is called: dW1, grad_W1, W1_grad, dL_dW1, nabla_w, delta_W1 …
_AFFIX = re.compile(
    r"^(?:nabla|delta|gradients?|grads?|dloss|dl|dc|de|dj|d|g)?(?:d)?(?P<stem>.*?)(?:gradients?|grads?|delta|bar)?$"
)
_WEIGHT, _BIAS = ("w", "weight", "weights", "kernel", "theta"), ("b", "bias", "biases")


def stem(name: str) -> str:
    """What a gradient's name says it is the gradient of: ``w1`` for ``dL_dW1`` and for ``W1_grad``."""
    found = _AFFIX.match(plain(name))
    return found["stem"] if found else plain(name)


def same_tensor(name: str, tensor: str, parameter: str | None = None) -> bool:
    """Whether a gradient of this name would be taken for that of a tensor, or of the parameter that holds it."""
    of = stem(name)
    if parameter is not None and of == plain(parameter):
        return True
    letters = tensor.rstrip("0123456789").lower()
    number = tensor[len(letters) :]
    words = {"w": _WEIGHT, "b": _BIAS}.get(
        letters, (letters, *ARGUMENTS["input"].split()) if letters == "x" else (letters,)
    )
    return of in {word + number for word in words} | set(words)


# What people call all parameters in one.
VECTORS = _split(
    "theta thetas params parameters nnparams w weights beta betas coef coefs coefficients flat vec vector "
    "initialtheta thetavec flattheta thetaflat flatparams paramsflat paramvector parametervector paramvec "
    "weightvector weightvec unrolled unrolledparams initialnnparams flatweights weightsflat initialparams p"
)
