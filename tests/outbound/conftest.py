"""Fixtures for the tests of outgoing mail."""

import ssl
from pathlib import Path

import pytest
import trustme

from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from tests.outbound.mails import KEYRING, POLICY, TEMPLATES


@pytest.fixture(scope="session")
def renderer() -> MailRenderer:
    return MailRenderer(TEMPLATES)


@pytest.fixture(scope="session")
def composer() -> MailComposer:
    return MailComposer(POLICY, KEYRING)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path
