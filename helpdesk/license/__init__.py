"""Those who know about license keys: files, databases and license servers."""

from collections.abc import Callable
from datetime import datetime

from helpdesk.config.licenses import ProviderKind, ProviderSettings
from helpdesk.ports import LicenseProvider


def build_provider(settings: ProviderSettings, now: Callable[[], datetime]) -> LicenseProvider:
    """Raises ConfigurationError if a secret cannot be read; asks nobody yet."""
    if settings.kind is ProviderKind.CSV:
        from helpdesk.license.csv_file import CsvProvider

        return CsvProvider(settings, now)
    if settings.kind is ProviderKind.SQL:
        from helpdesk.license.sql import SqlProvider

        return SqlProvider(settings, now)
    from helpdesk.license.http import HttpProvider

    return HttpProvider(settings, now)
