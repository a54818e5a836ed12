"""Slips: small edits of a derivation that people really make.

Applied, they are planted bugs; searched for, they are diagnoses. A slip is a row of a table (`gdverify.slips.table`),
and an operation gets its planted bugs from the table: nothing is written for one operation.
"""
