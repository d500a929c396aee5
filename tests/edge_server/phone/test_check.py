"""`lobby doctor --phone`: what it finds with the simulated phone network at the other end, and its exit code."""

from __future__ import annotations

import asyncio
import sys

import pytest
from pydantic import SecretStr

from edge_server import examination
from edge_server.cli.main import main
from edge_server.findings import Finding
from edge_server.phone.check import phone
from edge_server.ports import free_port
from edge_server.settings import Settings
from tests.fakes.phone_network import PhoneNetwork


def settings(network: PhoneNetwork, key: str) -> Settings:
    return Settings(
        phone=True,
        phone_endpoint=network.endpoint,
        phone_public_url=f"http://127.0.0.1:{free_port()}",
        phone_event_secret=SecretStr("a secret of twenty characters"),
        phone_access_key=SecretStr(key),
    )


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in await asyncio.to_thread(lambda: list(phone(settings)))}


async def test_a_good_key_is_told_from_another(clean: None) -> None:
    async with PhoneNetwork() as network:
        good = await found(settings(network, network.access_key))
        assert good["Communication Services"].verdict == "ok"
        assert good["public address"].verdict == "problem" and "urlopen" not in good["public address"].found
        wrong = (await found(settings(network, "YW5vdGhlciBrZXk=")))["Communication Services"]
        assert wrong.verdict == "problem" and "LOBBY_PHONE_ACCESS_KEY" in str(wrong.advice)


async def test_a_phone_that_is_off_is_only_noted(clean: None) -> None:
    [finding] = (await found(Settings())).values()
    assert finding.verdict == "note" and "LOBBY_PHONE=1" in str(finding.advice)


@pytest.mark.parametrize(("verdict", "code"), [("problem", 1), ("note", 0)])
def test_the_exit_code_tells_of_problems(monkeypatch: pytest.MonkeyPatch, verdict: str, code: int) -> None:
    def findings(*_: object, **__: object) -> list[Finding]:
        return [Finding("phone", verdict, "found")]  # type: ignore[arg-type]

    monkeypatch.setattr(examination, "examine", findings)
    monkeypatch.setattr(sys, "argv", ["lobby", "doctor", "--phone"])
    if code == 0:
        main()
        return
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == code


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """No settings of whoever runs the tests."""
    import os

    for name in [name for name in os.environ if name.startswith("LOBBY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(str(tmp_path))
