"""What people of the branch see of the desk and do with it: live sessions, take-over, recordings."""
