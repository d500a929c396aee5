"""The authority and its certificates, shown to real TLS clients over real sockets."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509

from edge_server.lan.addresses import Address
from edge_server.lan.authority import (
    CA_KEY,
    SERVER_FILE,
    Authority,
    AuthorityError,
)
from edge_server.lan.network import LocalNetwork

NOW = datetime.datetime.now(datetime.UTC)
HOME = ipaddress.ip_address("192.168.7.20")
MOVED = ipaddress.ip_address("192.168.7.99")
PUBLIC = ipaddress.ip_address("93.184.216.34")


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Answers handshakes on a port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def shown(port: int, authority: Authority, name: str) -> x509.Certificate:
    """The certificate that a client sees that trusts only the authority and wants to talk to `name`."""
    trust = ssl.create_default_context(cadata=authority.pem.decode())
    with socket.create_connection(("127.0.0.1", port)) as raw, trust.wrap_socket(raw, server_hostname=name) as secure:
        der = secure.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def context_of(authority: Authority, names: tuple[str, ...], *addresses: Address) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue(names, addresses, NOW).load_into(context)
    return context


def addresses_of(certificate: x509.Certificate) -> set[object]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names.get_values_for_type(x509.IPAddress))


@pytest.mark.parametrize("name", ["192.168.7.20", "desk.local", "desk", "localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_authority_trusts_the_server_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    authority = Authority.load(tmp_path, "Front desk", "desk", NOW)
    with tls_server(context_of(authority, ("desk.local", "desk", "localhost"), HOME)) as port:
        assert addresses_of(shown(port, authority, name)) >= {HOME}


def test_the_authority_cannot_speak_for_sites_on_the_internet(tmp_path: Path) -> None:
    authority = Authority.load(tmp_path, "Front desk", "desk", NOW)
    assert not authority.may_name("bank.example") and not authority.may_name(PUBLIC)
    stolen = Authority.load(tmp_path, "Front desk", "desk", NOW)
    stolen.may_name = lambda subject: True  # type: ignore[method-assign]
    with (
        tls_server(context_of(stolen, ("bank.example", "desk"), HOME)) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"),
    ):
        shown(port, authority, "bank.example")


def test_names_and_addresses_beyond_the_local_network_are_left_out(tmp_path: Path) -> None:
    authority = Authority.load(tmp_path, "Front desk", "desk", NOW)
    with tls_server(context_of(authority, ("desk.local", "desk.example.com"), HOME, PUBLIC)) as port:
        certificate = shown(port, authority, "desk.local")
    assert PUBLIC not in addresses_of(certificate)


def test_a_public_address_is_named_if_the_machine_had_it_when_the_authority_was_made(tmp_path: Path) -> None:
    authority = Authority.load(tmp_path, "Front desk", "desk", NOW, (HOME, PUBLIC))
    assert authority.may_name(PUBLIC) and not authority.may_name(ipaddress.ip_address("93.184.216.35"))
    with tls_server(context_of(authority, ("desk.local",), HOME, PUBLIC)) as port:
        assert addresses_of(shown(port, authority, str(PUBLIC))) >= {HOME, PUBLIC}


def test_keys_are_for_this_user_only_and_the_authority_stays(tmp_path: Path) -> None:
    folder = tmp_path / "lan"
    first = Authority.load(folder, "Front desk", "desk", NOW)
    first.issue(("desk.local",), (HOME,), NOW)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [(folder / name).stat().st_mode & 0o777 for name in (CA_KEY, SERVER_FILE)] == [0o600, 0o600]
    again = Authority.load(folder, "Front desk", "desk", NOW + datetime.timedelta(days=365 * 9))
    assert again.fingerprint == first.fingerprint
    assert (
        Authority.load(folder, "Front desk", "desk", NOW + datetime.timedelta(days=3649)).fingerprint
        != first.fingerprint
    )


def test_a_damaged_authority_is_told_and_not_replaced(tmp_path: Path) -> None:
    Authority.load(tmp_path, "Front desk", "desk", NOW)
    (tmp_path / CA_KEY).write_text("not a key")
    with pytest.raises(AuthorityError, match="move that folder away"):
        Authority.load(tmp_path, "Front desk", "desk", NOW)


async def test_another_address_or_the_passing_of_a_week_brings_another_certificate(tmp_path: Path) -> None:
    now, addresses = [NOW - datetime.timedelta(days=8)], [(HOME,)]
    network = await LocalNetwork.open(
        tmp_path, "Front desk", mdns=False, addresses=lambda: addresses[0], now=lambda: now[0]
    )
    with tls_server(network.context) as port:
        first = shown(port, network.authority, "localhost")
        assert not await network.look()
        addresses[0] = (MOVED,)
        assert await network.look()
        moved = shown(port, network.authority, str(MOVED))
        assert HOME not in addresses_of(moved)
        assert moved.not_valid_after_utc - moved.not_valid_before_utc <= datetime.timedelta(days=15)
        now[0] += datetime.timedelta(days=6)
        assert not await network.look()
        now[0] += datetime.timedelta(days=2)
        assert await network.look()
        renewed = shown(port, network.authority, str(MOVED))
    assert len({first.serial_number, moved.serial_number, renewed.serial_number}) == 3
    assert renewed.not_valid_after_utc > moved.not_valid_after_utc


async def test_a_machine_that_started_with_a_dead_clock_makes_another_authority_once_it_knows_the_day(
    tmp_path: Path,
) -> None:
    now = [datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)]
    network = await LocalNetwork.open(tmp_path, "Front desk", mdns=False, addresses=lambda: (HOME,), now=lambda: now[0])
    first = network.authority.fingerprint
    assert not await network.look()
    now[0] = NOW
    assert await network.look()
    assert network.authority.fingerprint != first
    assert not await network.look(), "once"
    with tls_server(network.context) as port:
        shown(port, network.authority, str(HOME))
