"""How mail gets out."""
