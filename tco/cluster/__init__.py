"""Work on an existing Dask cluster: a connection to it, and ledgers whose draws are evaluated there.

`Cluster("tcp://scheduler:8786")` connects. Workers need the same `tco` as this process; the scheduler needs only Dask.
"""

from tco.cluster.connection import Cluster, ClusterLost
from tco.cluster.counting import evaluate_on

__all__ = ["Cluster", "ClusterLost", "evaluate_on"]
