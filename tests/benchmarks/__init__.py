"""The figures that the project must reach, measured: ``python -m tests.benchmarks`` from the root of the repository.

What is timed is not collected by pytest: no test depends on a clock. The tests here are of what measures.
"""
