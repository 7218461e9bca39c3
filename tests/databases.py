"""Which kind of database a test runs on, if not on both."""

import pytest

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
