"""The agents' tools: one module a persona, found by its name.

A tool module has a class `Tools`, made with a `ToolContext`, whose `@kernel_function` methods are the tools, and
may have a function `names(conn)` that gives the branch's names for its slot types. A tool answers one JSON text
(`context.result`) with an `outcome` and the fields that its persona's templates use.
"""
