"""The client and its resources. The names are those of the TypeScript client, in Python's spelling."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, Literal, cast

from .errors import ApiError, BatchInterruptedError
from .streams import (
    States,
    Task,
    append_tasks,
    download_results,
    export_audit,
    read_results,
    watch_batch,
    watch_events,
)
from .transport import Request, Transport
from .types import (
    ApiKey,
    AppendTasksResult,
    AuditEntry,
    Batch,
    BatchReport,
    BrowserSession,
    CancelBatch,
    ChangeApiKey,
    ChangeLimit,
    ChangeQueue,
    CreateApiKey,
    CreateBatch,
    CreateDetection,
    Detection,
    DetectionList,
    FoundTask,
    Health,
    InterruptBatch,
    InterruptionList,
    Limit,
    NewApiKey,
    PutLimit,
    PutQueue,
    Queue,
    RerollApiKey,
    ResumeBatch,
    RetryTasks,
    RetryTasksResult,
    Series,
    Session,
    System as SystemView,
    Task as TaskView,
    TaskResult,
    UpdateBatch,
    Version,
    WorkerList,
)

Object = dict[str, Any]


class _Resource:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _call(
        self,
        method: str,
        path: str,
        *parts: Any,
        body: Any = None,
        query: Object | None = None,
        headers: dict[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        encoded = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return self._transport.json(
            Request(method, path, parts, query or {}, encoded, headers=headers or {}, is_repeatable=is_repeatable)
        )

    def _pages(self, rows: str, path: str, *parts: Any, query: Object) -> Iterator[Any]:
        cursor = None
        while True:
            page = self._call("GET", path, *parts, query={**query, "cursor": cursor})
            yield from page[rows]
            cursor = page["nextCursor"]
            if cursor is None:
                return


class Batches(_Resource):
    """Batches. Each method takes an id, or `code:<code>`."""

    def create(self, batch: CreateBatch | None = None, *, idempotency_key: str | None = None) -> Batch:
        """Creates a batch. Repeating a request whose answer was lost creates no second batch."""
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        return self._call("POST", "/v1/batches", body=batch or {}, headers=headers)

    def list(self, **query: Any) -> Iterator[Batch]:
        """Yields batches, newest first: all pages, as they are needed."""
        return self._pages("batches", "/v1/batches", query=query)

    def get(self, id: str) -> Batch:
        return self._call("GET", "/v1/batches/{}", id)

    def update(self, id: str, change: UpdateBatch) -> Batch:
        """Changes an active or interrupted batch."""
        return self._call("PATCH", "/v1/batches/{}", id, body=change)

    def append(
        self, id: str, tasks: Iterable[Task], *, offset: int | None = None, seal: bool = False, compress: bool = False
    ) -> AppendTasksResult:
        """Appends any number of tasks, of which one request is in memory.

        `offset` is the seq of the first of the tasks. Tasks that the batch has already are not sent again, but for the
        last one, which the API compares. So an append that was cut off is completed by repeating it. By default, tasks
        go after the last one. With `compress`, they travel as gzip, for slow networks.
        """
        return append_tasks(self._transport, id, tasks, offset, seal, compress)

    def seal(self, id: str) -> Batch:
        """Closes the batch to further tasks, so that it completes with its last task."""
        return self._call("POST", "/v1/batches/{}/seal", id)

    def interrupt(self, id: str, interruption: InterruptBatch | None = None) -> Batch:
        """Stops an active batch. It can be resumed."""
        return self._call("POST", "/v1/batches/{}/interrupt", id, body=interruption, is_repeatable=False)

    def resume(self, id: str, resumption: ResumeBatch | None = None) -> Batch:
        """Continues an interrupted batch."""
        return self._call("POST", "/v1/batches/{}/resume", id, body=resumption, is_repeatable=False)

    def retry(self, id: str, which: RetryTasks | None = None) -> RetryTasksResult:
        """Runs failed tasks again."""
        return self._call("POST", "/v1/batches/{}/retry", id, body=which, is_repeatable=False)

    def cancel(self, id: str, cancellation: CancelBatch | None = None) -> Batch:
        """Stops a batch for good."""
        return self._call("POST", "/v1/batches/{}/cancel", id, body=cancellation)

    def delete(self, id: str) -> None:
        """Deletes a completed or cancelled batch."""
        self._call("DELETE", "/v1/batches/{}", id)

    def report(self, id: str, **query: Any) -> BatchReport:
        return self._call("GET", "/v1/batches/{}/report", id, query=query)

    def series(self, id: str) -> Series:
        """How the batch went on over time."""
        return self._call("GET", "/v1/batches/{}/series", id)

    def interruptions(self, id: str) -> InterruptionList:
        return self._call("GET", "/v1/batches/{}/interruptions", id)

    def watch(self, id: str) -> Iterator[Batch]:
        """Yields the batch at once, after each change, and a last time at its end. Opens a broken stream again."""
        return watch_batch(self._transport, id)

    def wait(self, id: str, *, until: Literal["finished", "stopped"] = "finished") -> Batch:
        """Waits for the end of a batch, and returns it.

        `until="stopped"` also returns an interrupted batch. Otherwise an interruption raises `BatchInterruptedError`.
        """
        for batch in self.watch(id):
            if batch["state"] != "interrupted":
                continue
            if until == "stopped":
                return batch
            raise BatchInterruptedError(batch)
        return self.get(id)

    def results(self, id: str, *, state: States = None, from_seq: int = 0) -> Iterator[TaskResult]:
        """Yields results in order of seq, as fast as they are taken. Continues a broken stream.

        `state` is a state of tasks, or several of them.
        """
        return read_results(self._transport, id, state, from_seq)

    def download(
        self, id: str, *, state: States = None, from_seq: int = 0, format: str = "ndjson"
    ) -> Iterator[str]:
        """Yields results as the API writes them: lines of NDJSON, or rows of CSV. Continues a broken stream."""
        return download_results(self._transport, id, state, from_seq, format)


class Bulk(_Resource):
    """Operations on many batches."""

    def start(self, bulk: Object) -> Object:
        """Chooses batches, and has the workers act on them; with `dryRun`, only counts them and their tasks."""
        return self._call("POST", "/v1/bulk", body=bulk, is_repeatable=False)

    def list(self) -> Object:
        return self._call("GET", "/v1/bulk")

    def get(self, id: str) -> Object:
        return self._call("GET", "/v1/bulk/{}", id)

    def cancel(self, id: str) -> Object:
        """Ends the operation: batches that it has not reached stay as they are."""
        return self._call("POST", "/v1/bulk/{}/cancel", id)


class Tasks(_Resource):
    """The tasks of a batch, with their payloads."""

    def list(self, batch: str, **query: Any) -> Iterator[TaskView]:
        return self._pages("tasks", "/v1/batches/{}/tasks", batch, query=query)

    def search(self, **query: Any) -> Iterator[FoundTask]:
        """Yields tasks of all batches: those of the newest batch first, and in each batch the last one first."""
        return self._pages("tasks", "/v1/tasks", query=query)

    def get(self, batch: str, seq: int) -> TaskView:
        return self._call("GET", "/v1/batches/{}/tasks/{}", batch, seq)


class Queues(_Resource):
    """Queues: lanes of work with a concurrency and defaults of their own."""

    def list(self) -> Iterator[Queue]:
        return self._pages("queues", "/v1/queues", query={})

    def get(self, name: str) -> Queue:
        return self._call("GET", "/v1/queues/{}", name)

    def put(self, name: str, settings: PutQueue) -> Queue:
        """Creates the queue, or replaces all its settings."""
        return self._call("PUT", "/v1/queues/{}", name, body=settings)

    def update(self, name: str, change: ChangeQueue) -> Queue:
        """Changes the settings that are named, and keeps all others."""
        return self._call("PATCH", "/v1/queues/{}", name, body=change)

    def pause(self, name: str) -> Queue:
        return self._call("POST", "/v1/queues/{}/pause", name)

    def resume(self, name: str) -> Queue:
        return self._call("POST", "/v1/queues/{}/resume", name)

    def delete(self, name: str) -> None:
        self._call("DELETE", "/v1/queues/{}", name)


class Limits(_Resource):
    """Limits: allowances that all workers share."""

    def list(self) -> Iterator[Limit]:
        return self._pages("limits", "/v1/limits", query={})

    def get(self, name: str) -> Limit:
        return self._call("GET", "/v1/limits/{}", name)

    def put(self, name: str, settings: PutLimit) -> Limit:
        """Creates the limit, or replaces all its settings."""
        return self._call("PUT", "/v1/limits/{}", name, body=settings)

    def update(self, name: str, change: ChangeLimit) -> Limit:
        """Changes the settings that are named, and keeps all others."""
        return self._call("PATCH", "/v1/limits/{}", name, body=change)

    def delete(self, name: str) -> None:
        self._call("DELETE", "/v1/limits/{}", name)


class Detections(_Resource):
    """Detections of the limits of upstreams."""

    def create(self, detection: CreateDetection) -> Detection:
        return self._call("POST", "/v1/detections", body=detection, is_repeatable=False)

    def list(self) -> DetectionList:
        return self._call("GET", "/v1/detections")

    def get(self, id: str) -> Detection:
        return self._call("GET", "/v1/detections/{}", id)

    def cancel(self, id: str) -> Detection:
        return self._call("POST", "/v1/detections/{}/cancel", id, is_repeatable=False)


class Tenants(_Resource):
    """Tenants: the parties that share an installation, with their quotas."""

    def list(self) -> Iterator[Object]:
        return self._pages("tenants", "/v1/tenants", query={})

    def get(self, name: str) -> Object:
        return self._call("GET", "/v1/tenants/{}", name)

    def put(self, name: str, quotas: Object) -> Object:
        """Replaces all quotas of the tenant."""
        return self._call("PUT", "/v1/tenants/{}", name, body=quotas)


class ApiKeys(_Resource):
    """API keys."""

    def create(self, key: CreateApiKey) -> NewApiKey:
        """Creates an API key. Its secret is in this answer and in no other."""
        return self._call("POST", "/v1/keys", body=key, is_repeatable=False)

    def list(self, **query: Any) -> Iterator[ApiKey]:
        return self._pages("keys", "/v1/keys", query=query)

    def get(self, id: str) -> ApiKey:
        return self._call("GET", "/v1/keys/{}", id)

    def update(self, id: str, change: ChangeApiKey) -> ApiKey:
        return self._call("PATCH", "/v1/keys/{}", id, body=change)

    def reroll(self, id: str, reroll: RerollApiKey | None = None) -> NewApiKey:
        """Replaces an API key. The old one works on for a grace period."""
        return self._call("POST", "/v1/keys/{}/reroll", id, body=reroll, is_repeatable=False)

    def delete(self, id: str) -> None:
        """Revokes an API key at once."""
        self._call("DELETE", "/v1/keys/{}", id)


class Sessions(_Resource):
    """The sessions of browsers. A client sees those of its own API key, and all with the permission `keys:read`."""

    def list(self, **query: Any) -> Iterator[BrowserSession]:
        return self._pages("sessions", "/v1/sessions", query=query)

    def end(self, id: str) -> None:
        """Ends a session at once. Its API key stays as it is."""
        self._call("DELETE", "/v1/sessions/{}", id)


class AuditLog(_Resource):
    """The audit log: who changed what, and what was refused."""

    def list(self, **query: Any) -> Iterator[AuditEntry]:
        return self._pages("entries", "/v1/audit", query=query)

    def export(self, **query: Any) -> Iterator[AuditEntry]:
        """Yields all entries, oldest first. To read on later, pass the id of the last one as `after`."""
        return export_audit(self._transport, query)


class Workers(_Resource):
    """The processes that run tasks."""

    def list(self) -> WorkerList:
        """Lists the workers that are alive, in the order in which they started."""
        return self._call("GET", "/v1/workers")


class System(_Resource):
    """The installation as a whole."""

    def get(self) -> SystemView:
        """The state of the API process that answers, of Redis and of the maintenance, and what there is."""
        return self._call("GET", "/v1/system")


class Service(_Resource):
    """The state of the API process."""

    def alive(self) -> Health:
        return self._call("GET", "/healthz")

    def ready(self) -> Health:
        return self._call("GET", "/readyz")

    def version(self) -> Version:
        return self._call("GET", "/version")

    def metrics(self) -> str:
        return self._call("GET", "/metrics")

    def openapi(self) -> Object:
        return self._call("GET", "/openapi.json")


class BatchRun:
    """A batch that was submitted."""

    def __init__(self, batches: Batches, id: str) -> None:
        self._batches = batches
        self.id = id

    def get(self) -> Batch:
        return self._batches.get(self.id)

    def watch(self) -> Iterator[Batch]:
        return self._batches.watch(self.id)

    def wait(self, *, until: Literal["finished", "stopped"] = "finished") -> Batch:
        return self._batches.wait(self.id, until=until)

    def results(self, *, state: States = None, from_seq: int = 0) -> Iterator[TaskResult]:
        return self._batches.results(self.id, state=state, from_seq=from_seq)

    def download(self, *, state: States = None, from_seq: int = 0, format: str = "ndjson") -> Iterator[str]:
        return self._batches.download(self.id, state=state, from_seq=from_seq, format=format)

    def report(self, **query: Any) -> BatchReport:
        return self._batches.report(self.id, **query)

    def interrupt(self, interruption: InterruptBatch | None = None) -> Batch:
        return self._batches.interrupt(self.id, interruption)

    def resume(self, resumption: ResumeBatch | None = None) -> Batch:
        return self._batches.resume(self.id, resumption)

    def cancel(self, cancellation: CancelBatch | None = None) -> Batch:
        return self._batches.cancel(self.id, cancellation)


class Sluice:
    """A client of Sluice's REST API. Each request has a connection of its own, so threads may share the client.

    `timeout` is the time until an answer, in seconds. `max_retries` is how often a request is repeated, if that is safe
    and can help. Methods raise `ApiError` if the API refuses a request, and `ConnectionError` if no answer arrives.
    """

    def __init__(
        self,
        url: str = "http://localhost:3000",
        *,
        api_key: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
    ) -> None:
        transport = Transport(url, api_key, timeout, max_retries)
        self.batches = Batches(transport)
        self.bulk = Bulk(transport)
        self.tasks = Tasks(transport)
        self.queues = Queues(transport)
        self.limits = Limits(transport)
        self.detections = Detections(transport)
        self.tenants = Tenants(transport)
        self.keys = ApiKeys(transport)
        self.sessions = Sessions(transport)
        self.audit = AuditLog(transport)
        self.workers = Workers(transport)
        self.system = System(transport)
        self.service = Service(transport)
        self._transport = transport

    def session(self) -> Session:
        """Who the client is, and what it may do."""
        return self._transport.json(Request("GET", "/v1/session"))

    def events(self, *, topics: Iterable[str] = (), batch: str | None = None) -> Iterator[Any]:
        """Yields the state of all objects of some topics, or of one batch, and then each change. It does not end.

        Opens a broken stream again: it then begins with snapshots, which replace what was known.
        """
        return watch_events(self._transport, topics, batch)

    def run(self, *, tasks: Iterable[Task], resume: bool = False, **batch: Any) -> BatchRun:
        """Creates a batch, appends its tasks and seals it.

        With `resume`, a batch that has the same `code` already is this one: an earlier run that was cut off. What is
        missing is then appended. Otherwise, `ApiError` with `SLUICE_CODE_TAKEN` is raised.
        """
        created = self._create_or_find(cast(CreateBatch, batch), resume)
        if not created["sealed"]:
            self.batches.append(created["id"], tasks, offset=0, seal=True)
        return BatchRun(self.batches, created["id"])

    def _create_or_find(self, batch: CreateBatch, resume: bool) -> Batch:
        try:
            return self.batches.create({**batch, "sealed": False})
        except ApiError as error:
            if error.code != "SLUICE_CODE_TAKEN" or not resume:
                raise
            return self.batches.get(error.problem["batchId"])
