"""Sends requests, and repeats those that fail where that is safe and can help."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .errors import ApiError, ConnectionError, SluiceError, TimeoutError, read_api_error

FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0

# Codes with which the API refuses a request before it begins.
NOTHING_DONE = {"SLUICE_OVERLOADED", "SLUICE_TOO_MANY_STREAMS", "SLUICE_TOO_MANY_FAILURES"}


@dataclass
class Request:
    method: str
    # With `{}` for each of `parts`, which are quoted.
    path: str
    parts: tuple[Any, ...] = ()
    query: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    # Whether it has the same effect again. Otherwise, it is repeated only if the API says that it did nothing.
    is_repeatable: bool = True
    # Time that sending the body may take on top of the timeout, in seconds.
    sending: float = 0

    @property
    def target(self) -> str:
        path = self.path.format(*(quote(str(part), safe="") for part in self.parts))
        query = [pair for name, value in self.query.items() for pair in _parameters(name, value)]
        return f"{path}?{urlencode(query)}" if query else path


def _parameters(name: str, value: Any) -> list[tuple[str, str]]:
    """A list is a parameter for each element, and a dict is `name.key` for each of its items."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _parameters(f"{name}.{key}", one)]
    return [(name, _text(one)) for one in ([value] if isinstance(value, (str, int, float)) else value)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def backoff(retries: int) -> float:
    """Doubles up to a bound, with full jitter: clients that failed together do not return together."""
    return random.random() * min(LONGEST_DELAY, FIRST_DELAY * 2**retries)


class Transport:
    def __init__(self, url: str, api_key: str | None, timeout: float, max_retries: int) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url must be an http or https URL; url is {url!r}")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("url must have no user name, query or fragment; pass a key as api_key")
        self._url = url.rstrip("/")
        self._parts = parts
        self._base = parts.path.rstrip("/")
        self._api_key = api_key
        self._timeout = timeout
        self._max_retries = max_retries

    def json(self, request: Request) -> Any:
        """Sends a request, and returns its answer: JSON, text, or None if it is empty."""

        def read(response: HTTPResponse) -> Any:
            body = response.read()
            if not body:
                return None
            is_json = "json" in (response.getheader("content-type") or "")
            return json.loads(body) if is_json else body.decode()

        return self._repeat(request, read)

    def open(self, request: Request, silent: float) -> HTTPResponse:
        """Opens a stream. Reading it raises `socket.timeout` when nothing arrives for `silent` seconds."""

        def keep(response: HTTPResponse) -> HTTPResponse:
            response.fp.raw._sock.settimeout(silent)  # type: ignore[attr-defined]
            return response

        return self._repeat(request, keep, closes=False)

    def _repeat(self, request: Request, read: Callable[[HTTPResponse], Any], closes: bool = True) -> Any:
        retries = 0
        while True:
            try:
                return self._send(request, read, closes)
            except SluiceError as error:
                # The answer to an earlier try was lost.
                if retries > 0 and request.method == "DELETE" and isinstance(error, ApiError) and error.status == 404:
                    return None
                delay = _delay(error, retries, request.is_repeatable)
                if retries >= self._max_retries or delay is None:
                    raise
            time.sleep(delay)
            retries += 1

    def _send(self, request: Request, read: Callable[[HTTPResponse], Any], closes: bool) -> Any:
        connection = self._connect(self._timeout + request.sending)
        is_done = False
        try:
            connection.request(request.method, self._base + request.target, request.body, self._headers(request))
            response = connection.getresponse()
            if response.status >= 400:
                raise read_api_error(self._url + request.target, response.status, response.read(), response.headers)
            result = read(response)
            is_done = True
            # Python closes a socket once all that read from it are closed: here, once the response is.
            if not closes and connection.sock:
                connection.sock.close()
            return result
        except socket.timeout as error:
            raise TimeoutError(f"{request.method} {request.path}: no answer in time") from error
        except (OSError, HTTPException, json.JSONDecodeError) as error:
            raise ConnectionError(f"{request.method} {request.path}: the API at {self._url} cannot be reached, or broke off") from error
        finally:
            if closes or not is_done:
                connection.close()

    def _connect(self, timeout: float) -> HTTPConnection:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=timeout)

    def _headers(self, request: Request) -> dict[str, str]:
        # The response then owns the socket, and closing it closes the connection.
        headers = {"user-agent": "sluice-client-python", "connection": "close", **request.headers}
        if self._api_key is not None:
            headers["authorization"] = f"Bearer {self._api_key}"
        if request.body is not None:
            headers["content-type"] = request.content_type
        return headers


def _delay(error: SluiceError, retries: int, is_repeatable: bool) -> float | None:
    if isinstance(error, ConnectionError):
        return backoff(retries) if is_repeatable else None
    if not isinstance(error, ApiError):
        return None
    is_temporary = error.status in (408, 429, 502, 503, 504) or error.code == "SLUICE_IDEMPOTENCY_IN_PROGRESS"
    is_safe = is_repeatable or error.status == 429 or error.code in NOTHING_DONE
    if not (is_temporary and is_safe):
        return None
    asked = error.problem.get("retryAfterMs")
    return asked / 1000 if asked is not None else backoff(retries)


def read_lines(response: HTTPResponse) -> Iterator[str]:
    """Yields the lines of a stream as they arrive. Raises `ConnectionError` when it breaks off."""
    try:
        while line := response.readline():
            if not line.endswith(b"\n"):
                raise ConnectionError("The stream broke off.")
            yield line[:-1].decode()
    except socket.timeout as error:
        raise TimeoutError("The stream was silent for too long.") from error
    except (OSError, HTTPException, ValueError) as error:
        raise ConnectionError("The stream broke off.") from error
    finally:
        response.close()
