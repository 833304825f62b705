"""The conversation: a session that remembers, and the loop that reads and prints."""
