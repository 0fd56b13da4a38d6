"""Appends, events and results: what goes on where it broke off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Union

from .errors import ApiError, ConnectionError
from .transport import Request, Transport, backoff, read_lines

# A task, or a line of NDJSON that is sent as it is, so that large numbers keep their digits.
Task = Union[dict[str, Any], str]

# Bytes in one request. A lost answer costs sending them again.
CHUNK_BYTES = 4_000_000

# A slower upload of a chunk counts as no answer, in bytes per second.
SLOWEST_UPLOAD = 20_000

# The API sends a heartbeat every 15 s, so a stream that is silent for longer is broken.
SILENT_EVENTS = 45.0
SILENT_RESULTS = 60.0

# How often in a row a stream is opened again in vain.
MAX_REOPENINGS = 10
MAX_CONTINUATIONS = 5


def append_tasks(
    transport: Transport, batch: str, tasks: Iterable[Task], offset: int | None = None, seal: bool = False
) -> dict[str, int]:
    """Appends tasks, one request after the other. See `Batches.append`."""
    held = transport.json(Request("GET", "/v1/batches/{}", (batch,)))["counts"]["total"]
    first = held if offset is None else offset
    # The last of the tasks that the batch has is sent again, so that the API compares it.
    skipped = max(0, held - first - 1)
    result = {"accepted": 0, "skipped": 0, "total": first}
    at = first + skipped
    seen = 0
    chunk: list[bytes] = []
    size = 0

    def send(is_last: bool) -> None:
        nonlocal at, chunk, size
        body = b"\n".join(chunk) + b"\n"
        query = {"offset": at, "seal": True if is_last and seal else None}
        answer = transport.json(
            Request(
                "POST",
                "/v1/batches/{}/tasks",
                (batch,),
                query=query,
                body=body,
                content_type="application/x-ndjson",
                sending=len(body) / SLOWEST_UPLOAD,
            )
        )
        result["accepted"] += answer["accepted"]
        result["skipped"] += answer["skipped"]
        result["total"] = answer["total"]
        at += len(chunk)
        chunk, size = [], 0

    for task in tasks:
        seen += 1
        if seen <= skipped:
            continue
        if size > CHUNK_BYTES:
            send(is_last=False)
        line = _line(task)
        chunk.append(line)
        size += len(line) + 1
    if chunk:
        send(is_last=True)
    elif seal:
        transport.json(Request("POST", "/v1/batches/{}/seal", (batch,)))
    result["skipped"] += min(seen, skipped)
    return result


def _line(task: Task) -> bytes:
    if not isinstance(task, str):
        return json.dumps(task, ensure_ascii=False, allow_nan=False).encode()
    if "\n" in task:
        raise ValueError("A task that is a string must be one line of NDJSON, without a line break.")
    return task.encode()


def watch_batch(transport: Transport, batch: str) -> Iterator[dict[str, Any]]:
    """Yields snapshots of a batch. See `Batches.watch`."""
    request = Request("GET", "/v1/batches/{}/events", (batch,), headers={"accept": "text/event-stream"})
    for event, snapshot in _reopening(transport, request):
        if event == "end":
            return
        yield snapshot


def watch_events(transport: Transport, topics: Iterable[str], batch: str | None) -> Iterator[dict[str, Any]]:
    """Yields events of the installation. See `Sluice.events`."""
    query = {"topics": ",".join(topics) or None, "batch": batch}
    request = Request("GET", "/v1/events", query=query, headers={"accept": "text/event-stream"})
    for _, event in _reopening(transport, request):
        yield event


def _reopening(transport: Transport, request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    failures = 0
    while True:
        try:
            for event in _events(transport, request):
                failures = 0
                yield event
        except (ConnectionError, ApiError) as error:
            is_broken = isinstance(error, ConnectionError) or error.status in (502, 503, 504)
            if not is_broken or failures >= MAX_REOPENINGS:
                raise
        time.sleep(backoff(failures))
        failures += 1


def _events(transport: Transport, request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    event, data = "message", ""
    for line in read_lines(transport.open(request, SILENT_EVENTS)):
        name, _, value = line.partition(":")
        if line == "":
            if data:
                yield event, json.loads(data)
            event, data = "message", ""
        elif name == "event":
            event = value.strip()
        elif name == "data":
            data += value.removeprefix(" ")


def read_results(
    transport: Transport, batch: str, state: str | None = None, from_seq: int = 0
) -> Iterator[dict[str, Any]]:
    """Yields results in order of seq. See `Batches.results`."""

    def request_of(last: dict[str, Any] | None) -> Request:
        following = from_seq if last is None else last["seq"] + 1
        return Request("GET", "/v1/batches/{}/results", (batch,), query={"state": state, "fromSeq": following})

    return _continued_lines(transport, request_of)


def export_audit(transport: Transport, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields entries of the audit log, oldest first. See `AuditLog.export`."""

    def request_of(last: dict[str, Any] | None) -> Request:
        return Request("GET", "/v1/audit/entries", query=query if last is None else {**query, "after": last["id"]})

    return _continued_lines(transport, request_of)


def _continued_lines(
    transport: Transport, request_of: Callable[[dict[str, Any] | None], Request]
) -> Iterator[dict[str, Any]]:
    """Yields the objects in a stream of NDJSON. A stream that breaks is continued after the last one."""
    last = None
    failures = 0
    while True:
        try:
            for line in read_lines(transport.open(request_of(last), SILENT_RESULTS)):
                last = json.loads(line)
                failures = 0
                yield last
            return
        except ConnectionError:
            if failures >= MAX_CONTINUATIONS:
                raise
        time.sleep(backoff(failures))
        failures += 1
