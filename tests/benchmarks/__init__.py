"""The figures that the project must reach, measured: ``python -m tests.benchmarks`` from the root of the repository.

Nothing here is collected by pytest: no test depends on a clock.
"""
