"""What `lobby bench` measures: how long customers wait, and how many the machine can serve at once."""
