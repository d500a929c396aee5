"""Finding a desk, trusting its certificate, pairing with it, and the keys that are shown to it then."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk_tui.access import RequestError, fingerprint, token_for
from kiosk_tui.discovery import Found, about, found_of, pair
from kiosk_tui.options import Options
from kiosk_tui.remembered import Desk, load
from kiosk_tui.screens.find import FindScreen
from tests.kiosk_tui.scripted_desk import Json, Reply, scripted_desk
from tests.kiosk_tui.terminal import Terminal, terminal

ABOUT: Json = {"name": "Front desk", "tls": False, "ca_fingerprint": None, "pairing": True, "key_needed": True}


@pytest.mark.parametrize(
    ("addresses", "text", "found"),
    [
        (["192.168.1.7"], {"tls": "0"}, Found("http://192.168.1.7:8484", "branch")),
        (
            ["fe80::1", "10.0.0.2"],
            {"tls": "1", "fp": "ab", "name": "East"},
            Found("https://10.0.0.2:8484", "East", "ab"),
        ),
        (["fe80::1"], {}, Found("http://[fe80::1]:8484", "branch")),
        ([], {}, None),
    ],
)
def test_a_service_record_tells_of_a_desk(addresses: list[str], text: dict[str, str], found: Found | None) -> None:
    assert found_of("branch._lobby._tcp.local.", addresses, 8484, text) == found


async def test_a_wrong_pairing_code_is_said_and_the_right_one_is_remembered(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.json"
    options = Options(config=config, reduced_motion=True)
    async with scripted_desk(Reply("Welcome.")) as desk, terminal(None, options=options) as screen:
        desk.http["/v1/server"] = (200, ABOUT)
        desk.http["/v1/pair"] = (403, {"error": {"code": "wrong_pairing_code", "message": "no"}})
        await screen.until(lambda: isinstance(screen.app.screen, FindScreen))
        find = screen.app.screen
        assert isinstance(find, FindScreen)
        find.found(Found(desk.url, "Front desk"))
        await screen.sees("Front desk")
        await screen.pilot.press("enter")
        await screen.sees("Pair with this desk")
        await screen.pilot.press(*"111111", "enter")
        await screen.sees("This is not the code")
        desk.http["/v1/pair"] = (200, {"device_key": "dk_1", "expires_at": 0, "server": "Front desk"})
        desk.http["/v1/realtime/client_secrets"] = (200, {"value": "ek_1"})
        await screen.pilot.press(*"123456", "enter")
        await screen.until(lambda: screen.app.desk is not None)
        assert load(config).desk == Desk(desk.url, name="Front desk", device_key="dk_1")
        await talks(screen)
        assert desk.keys[-1] == "Bearer ek_1" and "Bearer dk_1" in desk.keys


async def talks(screen: Terminal) -> None:
    await screen.until(lambda: screen.app.screen is screen.app.attract)
    await screen.greeted()


async def test_a_key_of_the_terminals_own_is_shown_as_it_is() -> None:
    assert await token_for(Desk("http://127.0.0.1:9", api_key="key", device_key="dk"), "session") == "key"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
async def test_a_desk_with_tls_is_trusted_by_its_announced_certificate_only(tmp_path: Path) -> None:
    ca, certificate, key = certificates(tmp_path)
    async with scripted_desk(tls=(str(certificate), str(key))) as desk:
        desk.http["/v1/server"] = (200, {**ABOUT, "tls": True})
        desk.http["/v1/pair"] = (200, {"device_key": "dk_1"})
        desk.pages["/ca.crt"] = ca.read_text()
        url = desk.url.replace("http:", "https:")
        right = fingerprint(ca.read_text())
        told = await about(Found(url, "desk", right))
        assert (await pair(told.desk, "123456", "test")).device_key == "dk_1"
        with pytest.raises(RequestError, match="another certificate"):
            await about(Found(url, "desk", "00" * 32))
        other, _, _ = certificates(tmp_path / "other")
        with pytest.raises(RequestError, match="does not answer"):
            await pair(Desk(url, ca=other.read_text()), "123456", "test")


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A CA, and a certificate for 127.0.0.1 that it signed, with its key."""
    folder.mkdir(exist_ok=True)
    ca, ca_key, certificate, key = (folder / name for name in ("ca.crt", "ca.key", "desk.crt", "desk.key"))
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    run([*new, "-subj", "/CN=Test CA", "-keyout", str(ca_key), "-out", str(ca)])
    signed = ["-subj", "/CN=desk", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
    run([*new, *signed, "-CA", str(ca), "-CAkey", str(ca_key), "-keyout", str(key), "-out", str(certificate)])
    return ca, certificate, key


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)
