"""Measures the gateway, and kills it to see what it keeps."""
