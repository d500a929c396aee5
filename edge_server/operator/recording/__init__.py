"""Recordings of conversations: off by default, announced, without secrets, and gone when their time is over."""
