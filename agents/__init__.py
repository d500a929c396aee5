"""Personas, router, planner, tools and identity rules: everything that decides what the desk says."""

from agents import _handlebars

_handlebars.put_off()
