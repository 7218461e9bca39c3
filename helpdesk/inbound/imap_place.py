"""How far a folder was read: where to begin, where to go on, and what stays left out.

Standards: RFC 3501 §2.3.1.1 (UIDs and their UIDVALIDITY), §6.4.4 (SEARCH).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=15)
"""The server's clock and ours may differ so much: rather too much is looked at than too little."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
"""Of RFC 3501 §9, whatever the locale says."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to this UID was dealt with."""

    given_by: str
    """Who gave the number: server/UIDVALIDITY. Small UIDVALIDITYs are the same on many servers."""
    uid: int
    unseen_below: int = 0
    """What has a lower UID was there at the first time: of that only unseen mail is taken."""
    first_look: int = 0
    """When that was, in seconds since 1970; 0 if nothing was left out."""
    dated_below: int = 0
    """What has a lower UID was there when the server gave new numbers: of that nothing is taken
    that came before the first look."""
    restored: int = 0
    """So often the server went back to UIDs that it had given before."""

    def __str__(self) -> str:
        words = [f"{self.given_by}:{self.uid}"]
        for name, number in (("unseen", self.unseen_below), ("dated", self.dated_below)):
            if self.uid + 1 < number:
                words.append(f"{name}:{number}")
        if self.first_look:
            words.append(f"first:{self.first_look}")
        if self.restored:
            words.append(f"restored:{self.restored}")
        return " ".join(words)

    @classmethod
    def parse(cls, position: str) -> "Place | None":
        pairs = [word.rpartition(":") for word in position.split(" ")]
        if not all(left and right.isdecimal() for left, _, right in pairs):
            return None
        more = {name: int(number) for name, _, number in pairs[1:]}
        return cls(
            pairs[0][0],
            int(pairs[0][2]),
            more.get("unseen", 0),
            more.get("first", 0),
            more.get("dated", 0),
            more.get("restored", 0),
        )

    @property
    def numbering(self) -> str:
        """Within which a UID stands for one mail only."""
        return f"{self.given_by}.{self.restored}" if self.restored else self.given_by

    @classmethod
    def first(cls, given_by: str, uidnext: int, wanted: str, now: datetime) -> "Place":
        """Where to begin: of what is there all is wanted, what is unseen, or only new mail."""
        if wanted == "all":
            return cls(given_by, 0)
        at = int(now.timestamp())
        if wanted == "unseen":
            return cls(given_by, 0, uidnext, at)
        return cls(given_by, uidnext - 1, first_look=at)

    def reached(self, uid: int) -> "Place":
        return replace(self, uid=uid)

    def renumbered(self, given_by: str, uidnext: int) -> "Place":
        """The server gave new numbers to everything: what we have is recognized by its content,
        what was left out by its age."""
        is_unfinished = self.uid + 1 < self.unseen_below
        return Place(
            given_by,
            0,
            uidnext if is_unfinished else 0,
            self.first_look,
            uidnext if self.first_look else 0,
            self.restored,
        )

    def gone_back(self, uidnext: int) -> "Place":
        """The server was restored from a copy and gives UIDs again that it had given since."""
        return replace(self.renumbered(self.given_by, uidnext), restored=self.restored + 1)

    def wanted_from(self, uid: int) -> tuple[str, int]:
        """What is searched for from this UID on, and below which UID that holds (0: any)."""
        unseen = " UNSEEN" if uid < self.unseen_below else ""
        if uid >= self.dated_below:
            return unseen, self.unseen_below if unseen else 0
        # The server takes its own time zone for the day.
        day = self._left_out_before() - timedelta(days=1)
        since = f" SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        return (f" OR{unseen}{since}" if unseen else since), self.dated_below

    def leaves_out(self, uid: int, came_at: datetime | None) -> bool:
        """Exactly, where the search knows days only. What is unseen may be wanted, however old."""
        is_old = came_at is not None and came_at < self._left_out_before()
        return is_old and self.unseen_below <= uid < self.dated_below

    def _left_out_before(self) -> datetime:
        return datetime.fromtimestamp(self.first_look, UTC) - SKEW
