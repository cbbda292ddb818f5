"""The lines of the ledger, a module a category.

`LINES` of a module names its line functions in the order of the ledger, by what they take after the inputs: `placement`
(groups of an option on a platform), those of some only: `versioned` or `instances` (by platform), `stays`, `leaves` or
`arrives` (by stage); `wave` (a placement and a wave of its major upgrades), or `option` (its name). Each yields
`Line`s; `tco.model.lines` calls them and notes what they read.
"""
