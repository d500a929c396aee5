"""Measures how well the desk routes, follows changes of subject and answers, on files of labelled examples.

`files` reads them, `routing`, `switching` and `knowledge` play them to the real parts and give figures. Nothing here
listens, speaks or touches the branch's own data.
"""
