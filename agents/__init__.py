"""Personas, router, planner, tools and identity rules: everything that decides what the desk says."""
