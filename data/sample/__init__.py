"""The sample branch: a world that is the same for everybody on the same day."""
