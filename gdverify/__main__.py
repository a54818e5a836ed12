"""Run the command line as ``python -m gdverify``."""

from gdverify.cli import main

main()
