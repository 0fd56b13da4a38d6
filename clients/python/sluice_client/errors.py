"""What the client raises."""

from __future__ import annotations

import json
from http.client import HTTPMessage
from typing import Any

from .types import Batch


class SluiceError(Exception):
    """Every error of this package."""


class ConnectionError(SluiceError):
    """No answer arrived: the API cannot be reached, or the connection broke."""


class TimeoutError(ConnectionError):
    """No answer, or no further part of a stream, arrived in time."""


class BatchInterruptedError(SluiceError):
    """The batch was interrupted while `wait` waited for its end. It can be resumed."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.interruption = batch["lastInterruption"]
        reason = self.interruption["reason"] if self.interruption else "unknown"
        super().__init__(f"Batch {batch['id']} was interrupted: {reason}. Resume it to continue.")


class ApiError(SluiceError):
    """The API refused a request. `code` is stable: branch on it. `problem` is the whole problem document."""

    def __init__(self, status: int, problem: dict[str, Any], headers: HTTPMessage) -> None:
        super().__init__(problem["detail"])
        self.status = status
        self.code: str = problem["code"]
        self.problem = problem
        self.request_id: str = problem.get("requestId", "")
        self.headers = headers


def read_api_error(url: str, status: int, body: bytes, headers: HTTPMessage) -> ApiError:
    """Reads why a request was refused. An answer that is no problem document is that of a proxy."""
    try:
        problem = json.loads(body)
        if isinstance(problem, dict) and "code" in problem:
            return ApiError(status, problem, headers)
    except ValueError:
        pass
    says = " ".join(body.decode("utf-8", "replace").split())[:200]
    detail = f"{url} answered {status}, but not as Sluice does. Is the URL that of the API? It said: {says}"
    return ApiError(status, {"code": "UNKNOWN", "status": status, "detail": detail}, headers)
