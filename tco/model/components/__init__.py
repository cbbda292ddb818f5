"""The lines of the ledger, a module a subject.

A module names its line functions by what they take after the inputs:

`PLACEMENT_LINES` a placement (groups of an option on a platform), `WAVE_LINES` a placement and a wave of its major
upgrades, `OPTION_LINES` the name of an option. Each yields `Line`s; `tco.model.lines` calls them and notes what they
read.
"""
