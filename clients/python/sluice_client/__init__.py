"""Client of Sluice's REST API. It needs the standard library alone.

    from sluice_client import Sluice

    sluice = Sluice("http://localhost:3000", api_key="slk1_…")
    run = sluice.run(tasks=[{"key": "a", "payload": {"url": "https://api.example.com/a"}}])
    print(run.wait()["outcome"])
    for result in run.results():
        print(result["key"], result["state"], result["result"])
"""

from .client import BatchRun, Sluice
from .errors import ApiError, BatchInterruptedError, ConnectionError, SluiceError, TimeoutError

__all__ = [
    "ApiError",
    "BatchInterruptedError",
    "BatchRun",
    "ConnectionError",
    "Sluice",
    "SluiceError",
    "TimeoutError",
]
