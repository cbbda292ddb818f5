"""Run functions and notebooks in processes forked from a warmed one, each alone, none left behind.

`nursery` starts, watches and ends the processes, which may ask a `companion` that all of them share; `cells` runs a
notebook's cells inside one of them, with the outputs that a Jupyter kernel gives; `engine` offers that to papermill.
Nothing here knows of reports or batches.
"""
