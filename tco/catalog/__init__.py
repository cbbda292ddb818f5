"""Read-only facts: prices, lifecycles and published cases, as the packaged tables state them."""
