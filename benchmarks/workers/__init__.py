"""Programs that run as processes of their own, one for each side of a benchmark."""
