"""From a scenario and a design to a ledger: inputs, lines and their totals."""
