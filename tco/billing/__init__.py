"""Real bills beside a scenario: what a cost export says, and what a ledger is as one."""
