"""Servers that are not ours: how long to wait for them, what to make of what they send."""
