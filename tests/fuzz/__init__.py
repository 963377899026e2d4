"""Coverage-guided fuzzing of the carrier parsers: `python -m tests.fuzz --seconds 60 [format …]`."""
