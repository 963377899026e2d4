"""Schema changes, run by `waywarden migrate`."""
