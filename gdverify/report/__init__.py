"""What was found, for people and for programs: terminal, files, plots."""
