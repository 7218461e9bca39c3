"""Certificates for the listener's tests."""

import ssl

import pytest
import trustme

from tests.inbound.smtp_peer import Contexts


@pytest.fixture(scope="session")
def contexts() -> Contexts:
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mx.example.com", "localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client
