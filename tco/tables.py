"""The tables of reports and notebooks, under the name that notebooks import."""

from tco.display.tables import *  # noqa: F403
