"""The kiosk: a voice terminal that talks to the edge server over the wire."""
