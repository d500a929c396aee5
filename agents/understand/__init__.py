"""What a customer's words say: codes, numbers, dates, names of the branch's things, yes and no.

Everything here is a plain function of the words and of the branch's own names. Nothing knows a domain: which
names there are comes from the tools of the agents (`lexicon.py`), which slots matter from the personas.
"""
