"""Lets the command line hand a mail to the daemon."""

from helpdesk.inbound.pipe import PATIENCE, Options, deliver

__all__ = ["PATIENCE", "Options", "deliver"]
