"""What a database fleet costs in money, engineering hours and downtime.

`load_scenario`, `evaluate` and `compare` are the way through; the other names are for looking closer. The public names
are listed in `__init__.pyi`; each is imported when it is first used, so that `import tco` itself costs nothing.
"""

from importlib import import_module

import lazy_loader

from tco.notebook_repr import register_renderer

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

register_renderer(lambda: import_module("tco.display.summaries"))
