"""A simulated cloud on the provider's true wire, for `lobby demo --simulate-cloud`, `lobby bench` and the tests.

It lives here and not with the tests' fakes because commands that people run start it, and what is installed holds no
tests. `tests/fakes/simulated_cloud.py` is this one with every frame checked.
"""
