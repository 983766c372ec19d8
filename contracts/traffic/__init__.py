"""Traffic that somebody has recorded: read from files, each exchange checked, the story followed."""
