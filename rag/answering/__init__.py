"""From what was retrieved to an answer whose every sentence is cited and checked."""
