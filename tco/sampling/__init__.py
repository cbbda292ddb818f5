"""Numbers drawn at random: uniform sequences, their correlation, the quantiles of assumptions, and counts of events."""
