"""What a daemon does, in parts that may run in processes of their own; imports nothing."""

ROLES = ("intake", "fetch", "receive", "send", "tick", "lookup")
