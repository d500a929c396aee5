"""What a desk sends, as tests of screens have it sent: always the same day, so that pictures stay the same."""

from __future__ import annotations

from tests.kiosk_tui.scripted_desk import Json

QUOTE: Json = {
    "kind": "flight change",
    "code": "K7M2QX",
    "from_number": "LB204",
    "from_departs": "2026-11-23T18:40",
    "to_number": "LB204",
    "to_departs": "2026-11-27T18:40",
    "fee_cents": 8000,
    "difference_cents": 1400,
    "due_cents": 9400,
}
DONE: Json = {
    "type": "extension.booking_changed",
    "agent": "flight",
    "kind": "flight change",
    "code": "K7M2QX",
    "details": {**QUOTE, "paid_cents": 9400, "credit_cents": 0, "seat": "14C"},
}
SOURCES: Json = {
    "type": "extension.sources",
    "sources": [{"title": "Flight board", "text": "LB204 Boston to Denver, delayed, gate B12."}],
}
STATUS: Json = {
    "version": "0.1.0",
    "engine": "embedded",
    "ready": True,
    "data": {"schema": "7", "sample_day": "2026-11-22"},
    "models": [{"name": "whisper-base", "role": "recognition", "sha256": "d01c3014881c"}],
    "sessions": {"live": 1, "store": 3},
    "errors": [{"at": 1_795_348_800.0, "message": "the recogniser was restarted"}],
}
SESSIONS: Json = {"sessions": [{"id": "s1", "agent": "flight", "channel": "websocket", "live": True, "turns": 4}]}
LATENCY: Json = {"turns": 4, "stages": {"end_pointing": {"p50": 320.0, "p95": 480.0, "recent": [300, 320, 480]}}}
