"""Scenario files: reading, overlaying and checking them."""
