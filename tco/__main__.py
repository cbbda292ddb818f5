"""`python -m tco` is the same as `tco`."""

from tco.cli import main

main()
