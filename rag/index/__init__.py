"""The corpus on disk: a catalogue that is the truth, and generations derived from it."""
