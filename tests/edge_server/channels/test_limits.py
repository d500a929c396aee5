"""Limits of one connection, by clocks that the tests own."""

from __future__ import annotations

import itertools
import json

import pytest

from edge_server.channels.client_secrets import DEFAULT_S, MOST_ALIVE, ClientSecrets, TooManySecretsError
from edge_server.channels.limits import BURST_SECONDS, Pace
from edge_server.channels.outbox import Outbox
from edge_server.channels.wire import Wire
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.session import SessionConfig
from tests.clock import Clock


def test_a_client_on_pace_never_waits() -> None:
    pace = Pace(50)
    assert not any(pace.take(1, 100 + number / 50) for number in range(10_000))


def test_a_burst_is_taken_and_what_exceeds_it_waits_in_proportion() -> None:
    pace = Pace(50)
    waits = [pace.take(1, 100.0) for _ in range(round(50 * BURST_SECONDS) + 100)]
    assert not any(waits[: round(50 * BURST_SECONDS)])
    assert waits[-1] == pytest.approx(2.0)
    assert pace.take(1, 103.0) == 0.0


def test_frames_leave_in_order_and_the_outbox_knows_its_size() -> None:
    outbox = Outbox(10)
    for frame in ("one", "two", "three"):
        outbox.put(frame)
    assert outbox.full
    assert [outbox.take(), outbox.take()] == ["one", "two"]
    assert (outbox.size, outbox.full, len(outbox)) == (5, False, 1)


def test_the_speech_of_a_cancelled_response_is_taken_out_and_nothing_else() -> None:
    outbox = Outbox(1_000)
    outbox.put("created")
    outbox.put("speech", speech_of="resp_1")
    outbox.put("text")
    outbox.put("other speech", speech_of="resp_2")
    outbox.drop_speech_of("resp_1")
    assert [outbox.take() for _ in range(len(outbox))] == ["created", "text", "other speech"]
    assert outbox.size == 0


def test_an_event_that_is_too_large_is_refused_with_its_size() -> None:
    numbers = itertools.count()
    wire = Wire(new_id=lambda prefix: f"{prefix}_{next(numbers)}", largest_event=1_000)
    frame = json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 2_000})
    with pytest.raises(ProtocolError, match=f"has {len(frame)} bytes; 1000 are allowed") as refused:
        wire.received(frame)
    assert refused.value.code == "event_too_large"


def test_a_client_secret_opens_its_configuration_until_it_expires() -> None:
    clock = Clock(1_000.0)
    secrets = ClientSecrets(clock)
    config = SessionConfig(instructions="Be kind.")
    secret = secrets.give(config)
    assert secret.value.startswith("ek_")
    assert secret.expires_at == 1_000 + DEFAULT_S
    assert secrets.config_of(secret.value) is config
    clock.now += DEFAULT_S - 0.1
    assert secrets.standing(secret.value) == "good"
    clock.now += 0.1
    assert secrets.standing(secret.value) == "expired"
    assert secrets.config_of(secret.value) is None
    assert secrets.standing("ek_made_up") == "unknown"


def test_client_secrets_are_bounded_and_expired_ones_make_room() -> None:
    clock = Clock(1_000.0)
    secrets = ClientSecrets(clock)
    for _ in range(MOST_ALIVE):
        secrets.give(SessionConfig(), 10)
    with pytest.raises(TooManySecretsError):
        secrets.give(SessionConfig(), 10)
    clock.now += 11
    assert secrets.standing(secrets.give(SessionConfig(), 10).value) == "good"
