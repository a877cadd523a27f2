"""An authority, a certificate for the host `server`, and contexts of both ends."""

# ruff: noqa: ANN001, ANN003, ANN201

import ssl

import trustme

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("server", "localhost")


def server_context(certificate=CERTIFICATE, **settings):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def client_context():
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context
