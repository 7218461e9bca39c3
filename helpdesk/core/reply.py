"""SMTP replies as values, and the table of those that we use.

Standards: RFC 5321 §4.2 (codes), RFC 3463 (enhanced status codes).
"""

from dataclasses import dataclass

_TEMPORARY = range(400, 500)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of an SMTP server. The text is fixed: it never tells about our insides."""

    code: int
    status: str
    text: str

    def __post_init__(self) -> None:
        if self.status[0] != str(self.code)[0]:
            raise ValueError(f"{self.code} and {self.status} disagree about severity")
        if not (self.text.isascii() and self.text.isprintable()):
            raise ValueError("reply text must be one printable ASCII line")

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.text}"

    @property
    def is_positive(self) -> bool:
        return self.code < _TEMPORARY.start

    @property
    def is_temporary(self) -> bool:
        return self.code in _TEMPORARY


ACCEPTED = Reply(250, "2.0.0", "Message accepted")
TRY_LATER = Reply(451, "4.3.0", "Local problem, please try again later")
DISK_FULL = Reply(452, "4.3.1", "Insufficient storage, please try again later")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients")
SHUTTING_DOWN = Reply(421, "4.3.2", "Service is shutting down, please try again later")
TOO_MANY_CONNECTIONS = Reply(421, "4.7.0", "Too many connections, please try again later")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors, closing the connection")
TOO_MANY_COMMANDS = Reply(421, "4.7.0", "Too many commands, closing the connection")
IDLE_TOO_LONG = Reply(421, "4.4.2", "Idle for too long, closing the connection")
TOO_MANY_LOGINS = Reply(421, "4.7.0", "Too many failed logins, closing the connection")
LOGIN_LATER = Reply(454, "4.7.0", "Logins cannot be checked, please try again later")
LOGINS_BARRED = Reply(454, "4.7.0", "Too many failed logins, please try again later")
NO_SUCH_RECIPIENT = Reply(550, "5.1.1", "No such recipient here")
BAD_ADDRESS = Reply(553, "5.1.3", "Address is not valid")
BAD_REVERSE_PATH = Reply(553, "5.1.7", "Reverse-path is not a valid address")
TOO_BIG = Reply(552, "5.3.4", "Message is larger than this server accepts")
TOO_MANY_HOPS = Reply(554, "5.4.6", "Too many Received fields, probably a mail loop")
BAD_CHARACTER = Reply(501, "5.5.2", "Command has a forbidden character")
OK = Reply(250, "2.0.0", "Ok")
SENDER_OK = Reply(250, "2.1.0", "Reverse-path ok")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient ok")
CANNOT_VERIFY = Reply(252, "2.5.0", "Cannot verify, but will take mail for recipients of ours")
GOODBYE = Reply(221, "2.0.0", "Goodbye")
BARE_LINE_FEED = Reply(501, "5.5.2", "Commands must end with CR LF")
COMMAND_TOO_LONG = Reply(500, "5.5.2", "Command line is too long")
UNKNOWN_COMMAND = Reply(500, "5.5.1", "Command is not known")
BAD_SYNTAX = Reply(501, "5.5.4", "Syntax error in parameters")
UNKNOWN_PARAMETER = Reply(555, "5.5.4", "Parameter is not supported")
BAD_SEQUENCE = Reply(503, "5.5.1", "Command is out of sequence")
READY_FOR_TLS = Reply(220, "2.0.0", "Ready to start TLS")
LOGGED_IN = Reply(235, "2.7.0", "Logged in")
LOGIN_REFUSED = Reply(535, "5.7.8", "User or password is not right")
LOGIN_CANCELLED = Reply(501, "5.7.0", "Login cancelled")
LOGIN_MALFORMED = Reply(501, "5.5.2", "Response is not what the mechanism wants, in base64")
LOGIN_TOO_LONG = Reply(500, "5.5.6", "Response is too long")
LOGIN_NEEDS_TLS = Reply(538, "5.7.11", "Encryption required, start TLS first")
LOGIN_REQUIRED = Reply(530, "5.7.0", "Login required")
UNKNOWN_MECHANISM = Reply(504, "5.5.4", "Mechanism is not known")
