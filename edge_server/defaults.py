"""What the command line and the settings both need, without importing either."""

from __future__ import annotations

HOST = "127.0.0.1"
PORT = 8484
LAN_PORT = 8443
