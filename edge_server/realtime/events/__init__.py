"""The events of the protocol, one module a family, each with the shapes that come in and go out."""
