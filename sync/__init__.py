"""Session state, the stores that keep it, and (later) locks and uplink."""
