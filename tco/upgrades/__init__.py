"""When versions end, and which upgrades follow."""
