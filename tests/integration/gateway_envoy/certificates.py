"""An authority and two certificates of its own, for TLS in tests."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SERVER_NAME = "model.dasibom.test"


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority, and a server's and a client's certificate and key."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign(subject: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey, names: list[str]) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    is_authority = not names
    builder = (
        x509.CertificateBuilder(_name("authority"), _name(subject), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def issue(folder: Path) -> Certificates:
    """Make all of them in this folder."""
    folder.mkdir(exist_ok=True)
    paths = Certificates(*(folder / name for name in ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")))
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    paths.ca.write_bytes(_sign("authority", keys[0], keys[0], []))
    paths.server.write_bytes(_sign("server", keys[1], keys[0], ["localhost", SERVER_NAME]))
    paths.client.write_bytes(_sign("client", keys[2], keys[0], ["client"]))
    for path, key in ((paths.server_key, keys[1]), (paths.client_key, keys[2])):
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths
