"""Watching turns from outside: observers on the event stream, Prometheus metrics, OpenTelemetry spans.

Nothing here changes what happens, and no engine knows of it. What is observed are times, counts and names of stages,
agents and tools: never words, codes, names of people or session keys.
"""
