"""A scenario's fleet at work: who stands where, what is billed, which upgrades come when, and the hours they take."""
