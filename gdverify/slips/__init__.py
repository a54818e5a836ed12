"""Slips: small edits of a derivation that people really make.

Applied, they are planted bugs; searched for, they are diagnoses.
"""
