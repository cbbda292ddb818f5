"""The lines of the ledger, a module a subject.

A module names its line functions by what they look at:

`HOSTING_LINES` take a hosting (groups standing on a platform), `WAVE_LINES` a wave of major upgrades, `OPTION_LINES`
the inputs and the name of an option. Each yields `Line`s; `tco.model.lines` calls them and notes what they read.
"""
