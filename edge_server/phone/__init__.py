"""The phone channel: calls through Azure Communication Services (docs/phone.md)."""
