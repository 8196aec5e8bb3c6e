"""Certificates for one control plane on loopback: an authority, and what it signs."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = dt.timedelta(days=2)
# An aggregated API server is checked against the name of its Service.
NAMES = (
    "localhost",
    "kubernetes.default.svc",
    "keda-operator.keda.svc",
    "keda-metrics-apiserver.keda.svc",
)
ADMINISTRATORS = "system:masters"


class Authority:
    """Signs certificates into one folder; the authority itself is ``ca.crt`` there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster-authority")])
        usage = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self._name, self._name, self._key.public_key())
        certificate = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.certificate = folder / "ca.crt"
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, file: str, name: str, group: str = ADMINISTRATORS) -> tuple[Path, Path]:
        """Write ``file.crt`` and ``file.key``: for a server on loopback and for a client.

        A client's common name is its Kubernetes user, its organization that user's group.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, group),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            _builder(subject, self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName(_loopback()), critical=False)
            .add_extension(x509.ExtendedKeyUsage(both), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        written = self.folder / f"{file}.crt", self.folder / f"{file}.key"
        written[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        written[1].write_bytes(_pem(key))
        return written

    def service_account_key(self) -> Path:
        """Write the key that signs the tokens of service accounts."""
        path = self.folder / "service-accounts.key"
        path.write_bytes(_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        return path


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _loopback() -> list[x509.GeneralName]:
    addresses = ("127.0.0.1", "10.96.0.1")  # the second is the API server's own Service
    return [
        *(x509.DNSName(name) for name in NAMES),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
