"""A server on a local network that tests lay themselves: two network namespaces with a wire between them."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from tests.server_tools import Server, clean_environment, start_server, stop_server

OPERATOR_KEY = "the operator's key, for tests"


@dataclass(frozen=True, slots=True)
class Wire:
    """A network namespace with a cable into it, and the addresses of the two ends ("" where nobody may lay one)."""

    namespace: str = ""
    near: str = ""
    """The server's end."""
    far: str = ""
    """The other machine's."""


@dataclass(frozen=True, slots=True)
class LanServer:
    """A running `lobby serve --lan`, with the operator API and recordings on."""

    server: Server
    wire: Wire
    lan_port: int
    fingerprint: str

    @property
    def url(self) -> str:
        """Where programs on this machine reach it, without TLS."""
        return self.server.url

    @property
    def data_dir(self) -> Path:
        """Its data folder."""
        return self.server.data_dir

    @property
    def local_url(self) -> str:
        """The TLS port, by this machine's own address."""
        return f"https://127.0.0.1:{self.lan_port}"

    def trust(self) -> ssl.SSLContext:
        """Trusts the server's authority and nobody else."""
        pem = httpx.get(f"{self.url}/ca.crt", trust_env=False).text
        return ssl.create_default_context(cadata=pem)


@cache
def can_be_another_machine() -> bool:
    """Whether this user may make network namespaces with names, and wires into them."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"lobby-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


def _free_network() -> ipaddress.IPv4Network:
    """A /30 that no wire on this machine has: other runs lay their own, and one that was killed leaves its behind."""
    told = subprocess.run(["ip", "-json", "addr"], capture_output=True, text=True, check=True).stdout
    addresses = [info["local"] for link in json.loads(told) for info in link.get("addr_info", ())]
    taken = [ipaddress.IPv4Address(one) for one in addresses if ":" not in one]
    networks = list(ipaddress.IPv4Network("10.213.0.0/16").subnets(new_prefix=30))
    first = os.getpid() % len(networks)
    return next(one for one in networks[first:] + networks[:first] if not any(address in one for address in taken))


@contextmanager
def _wire() -> Iterator[Wire]:
    """Lays a wire, and takes it away in the end."""
    if not can_be_another_machine():
        yield Wire()
        return
    near, far = map(str, _free_network().hosts())
    name, here, there = f"lobby-{os.getpid()}", f"lb{os.getpid()}a"[-15:], f"lb{os.getpid()}b"[-15:]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], capture_output=True, check=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", here, "type", "veth", "peer", "name", there)
        ip("link", "set", there, "netns", name)
        ip("addr", "add", f"{near}/30", "dev", here)
        ip("link", "set", here, "up")
        ip("netns", "exec", name, "ip", "addr", "add", f"{far}/30", "dev", there)
        ip("netns", "exec", name, "ip", "link", "set", there, "up")
        ip("netns", "exec", name, "ip", "link", "set", "lo", "up")
        yield Wire(name, near, far)
    finally:
        subprocess.run(["ip", "link", "del", here], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@contextmanager
def lan_server(data_dir: Path) -> Iterator[LanServer]:
    """Starts the server and stops it in the end."""
    env = clean_environment(LOBBY_OPERATOR_KEY=OPERATOR_KEY, LOBBY_RECORDING="audio", LOBBY_NAME="Front desk")
    with _wire() as wire:
        server = start_server(data_dir, "--lan", "--lan-port", "0", "--no-mdns", env=env)
        told = json.loads((data_dir / "server.json").read_text())
        yield LanServer(server, wire, int(told["lan_url"].rsplit(":", 1)[1]), told["ca_fingerprint"])
        assert stop_server(server) == 0
