"""What the terminal of `lobby serve --lan` shows."""

from __future__ import annotations

import ipaddress
import sys
import time
from pathlib import Path

import pytest

from edge_server.cli.lan import qr_code, show_code, show_lan
from edge_server.lan.network import LocalNetwork
from edge_server.lan.pairing import PairingCode


async def test_address_fingerprint_qr_code_and_pairing_code_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ipaddress.ip_address("192.168.7.20")
    network = await LocalNetwork.open(tmp_path, "Front desk", mdns=False, addresses=lambda: (home,))
    network.port = 8443
    show_lan(network)
    show_code(PairingCode("123456", time.time() + 600))
    plain = capsys.readouterr().err
    assert "https://192.168.7.20:8443\n" in plain and ".local:8443\n" in plain
    shown = "".join(line.strip() for line in plain.splitlines() if line.count(":") >= 15)
    assert shown.replace(":", "").lower() == network.authority.fingerprint
    assert "Pairing code: 123 456 (for 10 minutes" in plain
    assert "█" not in plain, "no picture in a log"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show_lan(network)
    assert qr_code("https://192.168.7.20:8443") in capsys.readouterr().err
