"""The server's own certificate authority, and the certificates that it gives the server.

The authority is made once and lasts ten years. It can speak for this machine only as far as a local network goes: its
certificate is constrained to names under `.local`, this machine's own name, private addresses, and those that the
machine had when the authority was made, so that whoever steals its key cannot pass for any other site on the internet.
The server's certificate lasts two weeks and names all addresses that the machine has; it is made anew a week before it
ends, and when the addresses change.

| file in the folder | what | mode |
|---|---|---|
| `ca.key` | the authority's private key | 0600 |
| `ca.crt` | its certificate, the one that devices trust | 0600 |
| `server.pem` | the server's private key and certificate | 0600 |
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_server.lan.addresses import Address
from edge_server.lan.private_files import private_folder, write_private

CA_YEARS = 10
SERVER_DAYS = 14
RENEWED_BEFORE = datetime.timedelta(days=7)
BACKDATED = datetime.timedelta(hours=24)
"""Devices on the local network may have a clock that is late."""
PRIVATE_NETWORKS: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "192.0.2.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""Networks that no site on the internet is in: private, link-local, shared, documentation, loopback."""
LOOPBACK = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
CA_KEY, CA_CERTIFICATE, SERVER_FILE = "ca.key", "ca.crt", "server.pem"


class AuthorityError(Exception):
    """The authority's files cannot be used; the message says what to do."""


class Authority:
    """Gives certificates for this machine. `load` makes it at first."""

    def __init__(self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._folder = folder
        self._key = key
        self._certificate = certificate

    @classmethod
    def load(
        cls, folder: Path, name: str, host: str, now: datetime.datetime, addresses: Sequence[Address] = ()
    ) -> Authority:
        """The authority in `folder`; a new one when there is none, or when it is about to end.

        `name` is what people call the desk, `host` this machine's name; a new authority may also speak for these
        `addresses`, which the machine has now. Takes milliseconds, and touches the disk: for
        a worker thread. Raises AuthorityError.
        """
        try:
            private_folder(folder)
            if not (folder / CA_KEY).exists():
                return cls._made(folder, name, host, now, addresses)
            key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
            certificate = x509.load_pem_x509_certificate((folder / CA_CERTIFICATE).read_bytes())
            if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
                raise ValueError("key and certificate do not belong together")
        except (OSError, ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
            message = f"the certificate authority in {folder} cannot be used ({error}): move that folder away to make "
            raise AuthorityError(f"{message}another; devices that trust the old one have to be told.") from None
        known = cls(folder, key, certificate)
        return known if known.good(now) else cls._made(folder, name, host, now, addresses)

    @classmethod
    def _made(
        cls, folder: Path, name: str, host: str, now: datetime.datetime, addresses: Sequence[Address]
    ) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lobby"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Lobby at {name}"[:64]),
            ]
        )
        names = [x509.DNSName(one) for one in dict.fromkeys(("localhost", "local", host))]
        beyond = (one for one in addresses if not any(one in network for network in PRIVATE_NETWORKS))
        networks = (*PRIVATE_NETWORKS, *(ipaddress.ip_network(one) for one in beyond))
        permitted: list[x509.GeneralName] = [*names, *map(x509.IPAddress, networks)]
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + datetime.timedelta(days=365 * CA_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        write_private(folder / CA_CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
        write_private(folder / CA_KEY, _private(key))
        return cls(folder, key, certificate)

    def good(self, now: datetime.datetime) -> bool:
        """Whether it is valid, and for long enough to give another certificate."""
        begins, ends = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        return begins <= now and ends - now >= datetime.timedelta(days=SERVER_DAYS)

    @property
    def pem(self) -> bytes:
        """The certificate that devices trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """Its SHA-256, as 64 hex digits."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def may_name(self, subject: Address | str) -> bool:
        """Whether the authority's constraints allow this address or host name."""
        constraints = self._certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        for one in constraints.permitted_subtrees or ():
            if isinstance(one, x509.DNSName) and isinstance(subject, str):
                if subject == one.value or subject.endswith(f".{one.value}"):
                    return True
            elif isinstance(one, x509.IPAddress) and not isinstance(subject, str):
                network = one.value
                if isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network) and subject in network:
                    return True
        return False

    def issue(self, names: Sequence[str], addresses: Sequence[Address], now: datetime.datetime) -> ServerCertificate:
        """A new certificate for the server, with a new key, for those names and addresses that may be named.

        Written to the folder. For a worker thread.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        called: list[x509.GeneralName] = [x509.DNSName(one) for one in names if self.may_name(one)]
        called += [x509.IPAddress(one) for one in dict.fromkeys((*addresses, *LOOPBACK)) if self.may_name(one)]
        ends = min(now + datetime.timedelta(days=SERVER_DAYS), self._certificate.not_valid_after_utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(called), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self._folder / SERVER_FILE
        write_private(path, _private(key) + certificate.public_bytes(serialization.Encoding.PEM) + self.pem)
        return ServerCertificate(path, tuple(names), tuple(addresses), ends)


class ServerCertificate:
    """A certificate of the server: the file with key and chain, whom it was asked for, and when it ends."""

    def __init__(
        self, path: Path, names: tuple[str, ...], addresses: tuple[Address, ...], ends: datetime.datetime
    ) -> None:
        self.path = path
        self.names = names
        self.addresses = addresses
        self.ends = ends

    def due(self, names: Sequence[str], addresses: Sequence[Address], now: datetime.datetime) -> bool:
        """Whether another is needed: it ends soon, or the machine is called otherwise now."""
        moved = set(addresses) != set(self.addresses) or set(names) != set(self.names)
        return moved or self.ends - now <= RENEWED_BEFORE

    def load_into(self, context: ssl.SSLContext) -> None:
        """Have new connections of `context` show this certificate; open ones go on."""
        context.load_cert_chain(self.path)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
