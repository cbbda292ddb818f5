"""Newer prices: reads the public AWS Price List files and writes a dated set of price tables beside the packaged ones.

A leaf of the toolkit: nothing else imports it, and it alone needs an HTTP client and a streaming JSON parser.
"""
