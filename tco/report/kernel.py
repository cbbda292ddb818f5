"""The kernel a report's notebook runs in: the interpreter that runs `tco`, whatever kernels are registered.

A fresh virtual environment, a wheel in somebody's site-packages and a machine whose `python3` kernel belongs to
another Python all report with the packages that `tco` itself was started with.
"""

from __future__ import annotations

from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from tco.execution import interpreters


class OwnInterpreterKernel(AsyncKernelManager):
    """Starts `ipykernel` with this process's interpreter, importing `tco` from where this process did.

    Messages between the two processes are encrypted where the installed libraries can do that.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.has_trait("transport_encryption") and zmq.has("curve"):
            self.transport_encryption = "auto"

    @property
    def kernel_spec(self) -> Any:
        """The command and environment of the kernel."""
        return KernelSpec(
            argv=interpreters.command("tco.execution.interpreters:kernel", "-f", "{connection_file}"),
            display_name="Python 3",
            language="python",
            metadata={"supported_encryption": ["curve"]},
        )
