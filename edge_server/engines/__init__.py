"""Engines: what turns a conversation's input into the next events. `embedded` does all of it here."""
