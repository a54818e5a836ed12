"""Hand-written NumPy: the tutorials on gradient descent that are audited, and a layer or loss for every operation.

Four public tutorials, one module each: `neuron`, `fully_connected`, `classifier` (and `classifier_torch`, the same on
torch tensors), `layers`. Each holds the backward pass as documented and, where that is not the gradient of the
documented loss, the corrected one beside it:

- a line that is wrong is marked ``# WRONG:``, with what the chain rule wants in its place;
- what is corrected is called so (``corrected_gradient``, ``CorrectedClassifier``), every other name is as documented.

`experiments` trains them all, with both gradients where there are two.

The layers and losses, as a textbook would write them, to compare one's own with:

- `activations`, `rectifiers`, `gates`, `affine`, `normalisation`, `attention`, `transformer`, `convolution`, `pooling`,
  `shapes`, `lookup`, and for sequences `recurrent`, `gated`, `sequences`;
- `losses`, `classification`, `margins`, `penalties`;
- `counterparts` says which of them is the counterpart of which operation of the catalogue.

All are ordinary hand-written NumPy on purpose: they are what gdverify audits, so nothing here is derived. They keep the
precision of their arrays and never write into their inputs; only weights are updated in place, where the tutorial does
so.

Nothing is imported until it is asked for: ``from gdverify.documented import neuron``.
"""
