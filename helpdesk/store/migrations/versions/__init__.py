"""One file per schema revision; forward only."""
