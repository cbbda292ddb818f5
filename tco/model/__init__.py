"""The cost model: what each line of the ledger is made of."""
