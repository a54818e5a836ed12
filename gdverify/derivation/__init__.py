"""The chain rule: normal form (`graph`, `normal`), adjoint of a definition (`adjoint`), the ordered steps (`steps`)."""
