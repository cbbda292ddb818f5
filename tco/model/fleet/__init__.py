"""A fleet at work: which group is on which platform, what is billed, which upgrades come when, and their hours."""
