"""Pairing codes and device keys, by clocks that the tests own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.lan.devices import DEVICES_FILE, Devices, DevicesError
from edge_server.lan.pairing import MOST_WRONG, MOST_WRONG_OF_ONE, WINDOW_S, Pairing, PairingCode
from edge_server.lan.tries import Tries
from tests.clock import Clock


def wrong_for(code: PairingCode) -> str:
    return f"{(int(code.code) + 1) % 1_000_000:06}"


def test_a_code_pairs_once_and_another_takes_its_place(tmp_path: Path) -> None:
    told: list[PairingCode] = []
    pairing = Pairing(tmp_path, clock=Clock(1_000_000.0), told=told.append)
    code = pairing.current()
    assert pairing.redeem(code.code, "10.0.0.9") == "paired"
    assert pairing.redeem(code.code, "10.0.0.9") == "wrong"
    assert pairing.redeem(told[-1].code, "10.0.0.8") == "paired"
    assert len(told) == 3


def test_a_code_expires_and_nothing_pairs_until_a_person_asks_for_another(tmp_path: Path) -> None:
    clock = Clock(1_000_000.0)
    pairing = Pairing(tmp_path, minutes=10, clock=clock)
    code = pairing.current()
    clock.now += 599
    assert pairing.current() == code
    clock.now += 1
    assert pairing.redeem(code.code, "10.0.0.9") == "wrong"
    assert pairing.redeem(pairing.current().code, "10.0.0.9") == "paired"


def test_one_address_guesses_five_times_and_then_waits_whatever_it_says(tmp_path: Path) -> None:
    clock = Clock(1_000_000.0)
    pairing = Pairing(tmp_path, minutes=60, clock=clock)
    code = pairing.current()
    for _ in range(MOST_WRONG_OF_ONE):
        assert pairing.redeem(wrong_for(code), "10.0.0.9") == "wrong"
    assert pairing.redeem(code.code, "10.0.0.9") == "too_many"
    assert pairing.redeem(code.code, "::ffff:10.0.0.9") == "too_many"
    clock.now += WINDOW_S
    assert pairing.redeem(code.code, "10.0.0.9") == "paired"


def test_many_addresses_together_spend_the_code_and_a_person_makes_another(tmp_path: Path) -> None:
    pairing = Pairing(tmp_path, clock=Clock(1_000_000.0))
    code = pairing.current()
    for number in range(MOST_WRONG):
        assert pairing.redeem(wrong_for(code), f"10.0.1.{number}") == "wrong"
    assert pairing.redeem(code.code, "10.0.2.1") == "too_many"
    assert pairing.redeem(pairing.current().code, "10.0.2.2") == "paired"


def test_the_command_line_and_the_server_see_the_same_code(tmp_path: Path) -> None:
    clock = Clock(1_000_000.0)
    server, command = Pairing(tmp_path, clock=clock), Pairing(tmp_path, clock=clock)
    assert command.current() == server.current()
    assert server.redeem(command.new().code, "10.0.0.9") == "paired"
    assert (tmp_path / "pairing.json").stat().st_mode & 0o777 == 0o600


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 900)), max_size=60))
def test_no_address_is_ever_wrong_more_often_than_it_may(tries: list[tuple[int, float]]) -> None:
    clock = Clock(1_000_000.0)
    limit = Tries(5, 600, clock)
    taken: dict[str, list[float]] = {}
    for number, wait in tries:
        clock.now += wait
        source = f"10.0.0.{number}"
        if not limit.blocked(source):
            limit.wrong(source)
            taken.setdefault(source, []).append(clock.now)
    for times in taken.values():
        for at in times:
            assert sum(at - 600 < one <= at for one in times) <= 5


def test_addresses_of_one_machine_count_as_one() -> None:
    limit = Tries(1, 600, Clock(1_000_000.0))
    limit.wrong("2001:db8:1:2::1")
    assert limit.blocked("2001:db8:1:2:ffff::9") and not limit.blocked("2001:db8:1:3::1")


def test_a_device_is_known_by_its_key_until_it_expires_or_is_revoked(tmp_path: Path) -> None:
    clock = Clock(1_000_000.0)
    server, command = Devices(tmp_path, days=1, clock=clock), Devices(tmp_path, days=1, clock=clock)
    key, device = server.pair("Front tablet")
    other, _ = server.pair("Back tablet")
    assert key.encode() not in (tmp_path / DEVICES_FILE).read_bytes()
    assert server.of(key) == device and server.good(device.digest)
    assert server.of("dk_made_up") is None
    assert [one.name for one in command.all()] == ["Front tablet", "Back tablet"]
    assert command.revoke(device.id) == device
    assert command.revoke(device.id) is None
    assert server.of(key) is None and not server.good(device.digest)
    clock.now += 24 * 3600
    stale = server.of(other)
    assert stale is not None and not server.good(stale.digest)


def test_a_damaged_list_lets_nobody_in(tmp_path: Path) -> None:
    devices = Devices(tmp_path, clock=Clock(1_000_000.0))
    key, _ = devices.pair("Front tablet")
    (tmp_path / DEVICES_FILE).write_text("{")
    with pytest.raises(DevicesError, match="damaged"):
        devices.of(key)
