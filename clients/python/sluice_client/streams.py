"""Appends, events and results: what goes on where it broke off."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Union

from .errors import ApiError, ConnectionError
from .transport import Request, Transport, backoff, read_lines
from .types import AppendTasksResult, TaskLine

# A task, or a line of NDJSON that is sent as it is, so that large numbers keep their digits.
Task = Union[TaskLine, dict[str, Any], str]

# A state of tasks, or several of them. None: any.
States = Union[str, Iterable[str], None]

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
    transport: Transport, batch: str, tasks: Iterable[Task], offset: int | None = None, seal: bool = False, compress: bool = False
) -> AppendTasksResult:
    """Appends tasks, one request after the other. See `Batches.append`."""
    held = transport.json(Request("GET", "/v1/batches/{}", (batch,)))["counts"]["total"]
    first = held if offset is None else offset
    # The last of the tasks that the batch has is sent again, so that the API compares it.
    skipped = max(0, held - first - 1)
    result: AppendTasksResult = {"accepted": 0, "skipped": 0, "total": first}
    at = first + skipped
    seen = 0
    chunk: list[bytes] = []
    size = 0

    def send(is_last: bool) -> None:
        nonlocal at, chunk, size
        body = b"\n".join(chunk) + b"\n"
        sending = len(body) / SLOWEST_UPLOAD
        headers = {"content-encoding": "gzip"} if compress else {}
        query = {"offset": at, "seal": True if is_last and seal else None}
        answer = transport.json(
            Request(
                "POST",
                "/v1/batches/{}/tasks",
                (batch,),
                query=query,
                body=gzip.compress(body, 1) if compress else body,
                content_type="application/x-ndjson",
                headers=headers,
                sending=sending,
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


def watch_batch(transport: Transport, batch: str) -> Iterator[Any]:
    """Yields snapshots of a batch. See `Batches.watch`."""
    request = Request("GET", "/v1/batches/{}/events", (batch,), headers={"accept": "text/event-stream"})
    for event, snapshot in _reopening(transport, request):
        if event == "end":
            return
        yield snapshot


def watch_events(transport: Transport, topics: Iterable[str], batch: str | None) -> Iterator[Any]:
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
    transport: Transport, batch: str, state: States = None, from_seq: int = 0
) -> Iterator[Any]:
    """Yields results in order of seq. See `Batches.results`."""
    for line in download_results(transport, batch, state, from_seq, "ndjson"):
        yield json.loads(line)


def download_results(
    transport: Transport, batch: str, state: States = None, from_seq: int = 0, format: str = "ndjson"
) -> Iterator[str]:
    """Yields lines of NDJSON or rows of CSV. See `Batches.download`."""
    following = from_seq
    has_header = False

    def open_rows() -> Iterator[str]:
        nonlocal following, has_header
        query = {"state": state, "fromSeq": following, "format": format}
        request = Request("GET", "/v1/batches/{}/results", (batch,), query=query)
        for row in _rows(read_lines(transport.open(request, SILENT_RESULTS)), format):
            seq = _SEQ.match(row)
            if seq is None and has_header:
                continue
            has_header = True
            following = following if seq is None else int(seq[1]) + 1
            yield row

    return _continued(open_rows)


def export_audit(transport: Transport, query: dict[str, Any]) -> Iterator[Any]:
    """Yields entries of the audit log, oldest first. See `AuditLog.export`."""
    after = query

    def open_entries() -> Iterator[Any]:
        nonlocal after
        request = Request("GET", "/v1/audit/entries", query=after)
        for line in read_lines(transport.open(request, SILENT_RESULTS)):
            entry = json.loads(line)
            after = {**query, "after": entry["id"]}
            yield entry

    return _continued(open_entries)


def _continued(open_rows: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """Yields what a stream yields, and opens it again when it breaks. The stream knows where to go on."""
    failures = 0
    while True:
        try:
            for row in open_rows():
                failures = 0
                yield row
            return
        except ConnectionError:
            if failures >= MAX_CONTINUATIONS:
                raise
        time.sleep(backoff(failures))
        failures += 1


# The seq with which each line and each row begins. The names of the columns have none.
_SEQ = re.compile(r'(?:\{"seq":)?(\d+),')


def _rows(lines: Iterable[str], format: str) -> Iterator[str]:
    """Joins lines to rows, each with its line break. In CSV, a line break between quotes belongs to its row."""
    row = ""
    is_quoted = False
    for line in lines:
        row += line + "\n"
        # Quotes within a field are doubled, so an odd number of them means that a field begins or ends.
        if format == "csv" and line.count('"') % 2 == 1:
            is_quoted = not is_quoted
        if not is_quoted:
            yield row
            row = ""
    if row:
        raise ConnectionError("The stream broke off within a row.")
