"""Coverage-guided fuzzing of the reader: `make fuzz`, or `python -m fuzz TARGET`."""
