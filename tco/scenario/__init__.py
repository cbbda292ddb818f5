"""A scenario: assumptions, a fleet and its options."""
