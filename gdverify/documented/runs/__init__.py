"""The training runs of the documents: one module a document, with the table of what it claims.

A run is a function of a random generator and a `training.Tick`; it returns what it ended with, in
words, and the losses on the way. `gdverify.documented.experiments` puts the tables together.
"""
