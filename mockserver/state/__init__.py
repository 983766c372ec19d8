"""What a workspace remembers: records in tables, a clock, jobs, fault rules."""
