"""Scripted customers who come to the desk with a task, and a judge who looks at the database and at what was said.

`script` is the file format, `reply` hears what the desk asks, `customer` answers as the script's person would, `manner`
varies how. `desk` runs the real parts on a fresh sample branch, `wire` a server's; `records` takes stock of the
business tables, `facts` looks for what nothing gave, `verdict` judges one customer and `figures` counts them all.
"""
