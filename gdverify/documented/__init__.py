"""The implementations and training runs of four public tutorials on gradient descent, hand-written.

One module a tutorial: `neuron`, `fully_connected`, `classifier` (and `classifier_torch`, the same
on torch tensors), `layers`. Each holds the backward pass as documented and, where that is not the
gradient of the documented loss, the corrected one beside it:

- a line that is wrong is marked ``# WRONG:``, with what the chain rule wants in its place;
- what is corrected is called so (``corrected_gradient``, ``CorrectedClassifier``), every other name
  is as documented.

They are ordinary hand-written NumPy on purpose: they are what gdverify audits, so nothing here is
derived. They keep the precision of their arrays and never write into their inputs; only weights are
updated in place, where the tutorial does so. `experiments` trains them all, with both gradients
where there are two.

Nothing is imported until it is asked for: ``from gdverify.documented import neuron``.
"""
