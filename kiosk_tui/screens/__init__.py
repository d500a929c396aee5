"""The screens, each in a module of its own with a style sheet in `styles/`."""
