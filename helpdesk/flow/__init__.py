"""The four things that can happen; each loads, decides and commits."""
