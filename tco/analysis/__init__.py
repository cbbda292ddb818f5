"""Questions asked of a ledger, each answered with a tidy table; none of them has a model of its own."""
