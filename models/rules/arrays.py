"""The numpy array types of the cron and projection rules."""

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
"""Seconds (or, where a name ends in `_ms`, milliseconds) since 1970."""
Counts = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
