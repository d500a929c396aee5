"""Channels: how customers reach a conversation."""
