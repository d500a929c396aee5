"""`lobby serve --lan`, seen from another machine: a network namespace that reaches it over a wire of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import httpx
import pytest

from tests.lan_tools import LanServer, can_be_another_machine
from tests.server_tools import LOBBY, ROOT, clean_environment


def lobby(server: LanServer, *words: str) -> str:
    done = subprocess.run(
        [*LOBBY, *words, "--data-dir", str(server.data_dir)],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.skipif(not can_be_another_machine(), reason="only root makes network namespaces with a wire between them")
def test_another_machine_gets_in_by_the_code_and_to_nothing_without_it(lan_server: LanServer) -> None:
    code = json.loads(lobby(lan_server, "pair", "code", "--json", "--new"))["code"]
    url = f"https://{lan_server.wire.near}:{lan_server.lan_port}"
    client = [sys.executable, str(ROOT / "tests" / "e2e" / "lan_client.py"), url, lan_server.fingerprint, code]
    done = subprocess.run(
        ["ip", "netns", "exec", lan_server.wire.namespace, *client],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["without a key"] == {
        "/healthz": 200,
        "/readyz": 200,
        "/v1/server": 200,
        "/ca.crt": 200,
        "/metrics": 401,
        "/v1/operator/status": 401,
        "/v1/realtime/client_secrets": 401,
    }
    assert found["server"]["ca_fingerprint"] == lan_server.fingerprint
    assert found["server"] | {"name": "", "ca_fingerprint": "", "address": ""} == {
        "name": "",
        "tls": True,
        "ca_fingerprint": "",
        "pairing": True,
        "key_needed": True,
        "address": "",
    }
    assert found["server"]["address"].startswith("https://")
    assert found["socket without a key"] == "invalid_api_key"
    assert (found["wrong code"], found["replayed code"]) == ("wrong_pairing_code", "wrong_pairing_code")
    assert found["keys for no session or a caller's"] == [400, 400]
    assert found["socket of another session"] == "client_secret_of_another_session"
    assert found["socket with the device's key"] == "not_for_device_keys"
    assert "LB204" in found["answer"]
    assert found["second tab"] == 4001


@pytest.mark.skipif(not can_be_another_machine(), reason="only root makes network namespaces with a wire between them")
def test_the_plain_port_is_not_there_for_another_machine(lan_server: LanServer) -> None:
    port = lan_server.url.rsplit(":", 1)[1]
    probe = f"import socket; socket.create_connection(({lan_server.wire.near!r}, {port}), 3)"
    done = subprocess.run(
        ["ip", "netns", "exec", lan_server.wire.namespace, sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ConnectionRefusedError" in done.stderr
    assert (
        lan_server.wire.far
        in subprocess.run(
            ["ip", "netns", "exec", lan_server.wire.namespace, "ip", "addr"], capture_output=True, text=True, check=True
        ).stdout
    )


def test_programs_on_the_machine_itself_go_on_without_key_or_tls(lan_server: LanServer) -> None:
    told = httpx.get(f"{lan_server.url}/v1/server", trust_env=False).json()
    assert (told["tls"], told["key_needed"], told["ca_fingerprint"]) == (False, False, lan_server.fingerprint)
    answer = json.loads(lobby(lan_server, "ask", "--json", "--text", "What is the status of flight LB204?"))
    assert "LB204" in answer["text"]


def test_devices_are_listed_and_revoked_while_the_server_runs(lan_server: LanServer) -> None:
    with httpx.Client(base_url=lan_server.local_url, verify=lan_server.trust(), trust_env=False) as client:
        code = json.loads(lobby(lan_server, "pair", "code", "--json"))["code"]
        paired = client.post("/v1/pair", json={"code": f"{code[:3]} {code[3:]}", "name": "Back\noffice"}).json()
        device = {"authorization": f"Bearer {paired['device_key']}"}
        path = "/v1/realtime/client_secrets?session_state_key=6f0d3f3e-6a51-4b6e-9d0c-1f4f8b6b0a11"
        assert client.post(path, headers=device, json={}).status_code == 200
        [row] = [
            one
            for one in json.loads(lobby(lan_server, "pair", "list", "--json"))["devices"]
            if one["name"] == "Back office"
        ]
        assert "not paired any more" in lobby(lan_server, "pair", "revoke", row["id"])
        assert client.post(path, headers=device, json={}).status_code == 401


def test_a_taken_port_is_told_in_one_line(lan_server: LanServer) -> None:
    options = ("--lan", "--port", "0", "--lan-port", str(lan_server.lan_port), "--data-dir", str(lan_server.data_dir))
    done = subprocess.run(
        [*LOBBY, "serve", *options], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.search(rf"Port {lan_server.lan_port} on the local network is in use.*--lan-port", done.stderr)
