"""Work on an existing Dask cluster: how it is reached, which of its workers are fit for it, and sweeps counted there.

`Cluster("tcp://scheduler:8786")` is the way in. Workers need nothing but the same `tco` as here; the scheduler needs
only Dask.
"""

from tco.cluster.calls import Call
from tco.cluster.connection import Cluster, ClusterLost
from tco.cluster.counting import evaluate_on

__all__ = ["Call", "Cluster", "ClusterLost", "evaluate_on"]
