"""The objects of the API, for type checkers. Generated from its OpenAPI document: pnpm docs:api"""

# ruff: noqa: E501
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    # Type checkers have it. Python has it since 3.11.
    from typing_extensions import NotRequired


class ApiKey(TypedDict):
    id: str
    """The id of the API key: the twelve characters that follow `slk1_`."""
    name: str
    """What people call the API key: who or what uses it."""
    role: Role
    """What an API key may do: permissions.md lists the permissions of each role."""
    tenant: str | None
    """The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants."""
    queues: list[str] | None
    """The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues."""
    createdAt: str
    """When the API key was created."""
    createdBy: str
    """The id of the API key that created it; `anonymous`; `command` for the option `--create-key`; or `file` for `SLUICE_BOOTSTRAP_KEY_FILE`."""
    expiresAt: str | None
    """When the API key stops working. Null: never."""
    lastUsedAt: str | None
    """When the API key was last used, to the minute. Null: never."""
    replacedBy: str | None
    """The id of the API key that replaces this one. Null: none."""


class ApiKeyList(TypedDict):
    keys: list[ApiKey]
    """The API keys, newest first."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class ApiProcess(TypedDict):
    """The API process that answers. Others may differ."""

    version: str
    """The version of Sluice."""
    node: str
    """The version of Node.js."""
    startedAt: str
    """When the process started."""
    clockAheadMs: int
    """How far the clock of the process is ahead of Redis's, in ms. Negative: behind."""
    gate: GateStatus
    """The overload gate of the process that answers."""
    eventStreams: int
    """Open event streams."""


class AppendTasksResult(TypedDict):
    accepted: int
    """Number of tasks added."""
    skipped: int
    """Number of tasks skipped because the batch already had them."""
    total: int
    """Number of tasks in the batch: the offset of the next append."""


class AuditEntry(TypedDict):
    id: str
    """The id of the entry."""
    at: str
    """When the request ended, by Redis's clock."""
    actor: Literal["key", "session", "oidc", "anonymous", "unauthenticated", "command", "file"]
    """`key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: a person who has signed in at an issuer. `anonymous`: a client without, which `SLUICE_ALLOW_ANONYMOUS` allows. `unauthenticated`: one that was refused. `command`: the option `--create-key`. `file`: `SLUICE_BOOTSTRAP_KEY_FILE`."""
    keyId: str | None
    """The id of the API key. If the actor is `unauthenticated`, what it claimed. Null: none."""
    name: str | None
    """The name of the API key or person at that time. Null: none."""
    subject: str | None
    """What the issuer calls the person. Null: no person."""
    tenant: str | None
    """The tenant of the API key. Null: none."""
    operation: str
    """The id of the operation."""
    object: str | None
    """What it concerned. Null: no single object."""
    address: str | None
    """The address of the client, or of a proxy in front. Null: none, or the client was gone before the entry was made."""
    requestId: str | None
    """The id of the request, by which the log lists it. Null: none."""
    reason: str | None
    """The `x-sluice-reason` of the request. Null: none."""
    result: Literal["done", "refused", "failed"]
    """`done`: the request succeeded. `refused`: its status is 4xx. `failed`: its status is 5xx, and it may have had an effect."""
    status: int
    """The HTTP status of the answer."""
    code: str | None
    """The error code of the answer. Null: none."""


class AuditList(TypedDict):
    entries: list[AuditEntry]
    """The entries, newest first."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class Batch(TypedDict):
    id: str
    """The id of the batch."""
    tenant: NotRequired[str]
    """The tenant that it belongs to. Left out for the tenant `default`."""
    code: str
    """Your own unique name for the batch, or its id if you gave none."""
    queue: str
    """The queue that the batch was submitted to."""
    type: str
    """The handler that runs tasks without a `type`."""
    state: BatchState
    """The state of the batch."""
    outcome: BatchOutcome | None
    """How the tasks have ended. Null until all have."""
    sealed: bool
    """Whether the batch accepts no more tasks."""
    counts: TaskCounts
    """Number of tasks by state. The states always add up to `total`."""
    metadata: dict[str, Any]
    """The JSON values that you attached."""
    concurrency: int | None
    """Maximum number of tasks that run at once. Null: the queue's concurrency applies."""
    priority: int
    """Priority in the queue, from 1 (first) to 10."""
    retry: RetryPolicy
    """How many attempts a failing task gets, how far apart, and how long it may be postponed."""
    attemptTimeoutMs: int
    """Time limit of one attempt, in ms."""
    interruptionCriteria: InterruptionCriteria
    """The conditions on which the batch stops itself. An absent criterion never stops it."""
    headroom: list[Headroom]
    """Each criterion with its threshold and its current value."""
    lastInterruption: Interruption | None
    """The most recent interruption."""
    createdAt: str
    """When the batch was created."""
    startAt: str | None
    """The time before which no task starts. Null: tasks start at once."""
    startedAt: str | None
    """When a worker took the first task."""
    finishedAt: str | None
    """When the batch was completed or cancelled."""
    pausedUntil: str | None
    """The time before which no task starts: the upstream asked for a pause, or refused calls in a row."""
    nextDueAt: str | None
    """The earliest time at which a delayed task may run."""
    limitWait: LimitWait | None
    """What tasks wait for while the queue's limit has no room."""
    upstreamWait: UpstreamWait | None
    """What holds tasks back because the upstream refuses calls (429), in a queue without a limit."""
    waitingFor: list[Waiting]
    """What tasks wait for. Empty if they start as fast as they may, or if the batch is not active."""
    percent: float
    """Finished tasks, in percent of all tasks."""
    ratePerSecond: float
    """Recent throughput, in finished tasks per second."""
    etaMs: float | None
    """Estimated time to completion at this rate, in ms."""


class BatchChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["batch"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: Batch
    """The object as it is now."""


class BatchList(TypedDict):
    batches: list[Batch]
    """The batches, newest first."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class BatchReport(TypedDict):
    id: str
    """The id of the batch."""
    code: str
    """The code of the batch."""
    state: BatchState
    """The state of the batch."""
    outcome: BatchOutcome | None
    """How the tasks have ended. Null until all have."""
    counts: TaskCounts
    """Number of tasks by state. The states always add up to `total`."""
    durationMs: float
    """Time from the first start to the end, or to now, in ms."""
    throughputPerSecond: float
    """Finished tasks per second over `durationMs`."""
    executionMs: Percentiles
    """Duration of single attempts, in ms."""
    lifetimeMs: Percentiles
    """Time from the acceptance of a task to its end, in ms."""
    retries: int
    """Number of failed attempts that were retried."""
    retriedTasks: int
    """Number of tasks that got a second attempt."""
    retriedCompleted: int
    """How many of `retriedTasks` have completed."""
    retriedFailed: int
    """How many of `retriedTasks` have failed."""
    postponements: int
    """Number of times a task was postponed because the upstream refused its call."""
    errors: list[ErrorGroup]
    """Failed attempts in groups, the most frequent first."""
    latestFailures: list[LatestFailure]
    """The latest failed attempts, newest first."""
    stuckAfterMs: float
    """After which time a running task is stuck: as the request says, or as its default is."""
    stuckTasks: list[StuckTask]
    """Tasks whose attempt runs for longer than `stuckAfterMs`, the longest first."""
    headroom: list[Headroom]
    """Each criterion with its threshold and its current value."""
    interruptions: list[Interruption]
    """The interruptions of the batch, newest first."""


class BatchSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["batch"]
    """The topic of the objects."""
    objects: list[Batch]
    """All objects of the topic."""


class BatchStates(TypedDict):
    """Number of batches by state."""

    active: int
    """Active batches."""
    interrupted: int
    """Interrupted batches."""
    completed: int
    """Completed batches that are kept."""
    cancelled: int
    """Cancelled batches that are kept."""


class BatchesChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["batches"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: Batch
    """The object as it is now."""


class BatchesSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["batches"]
    """The topic of the objects."""
    objects: list[Batch]
    """All objects of the topic."""


class BrowserSession(TypedDict):
    id: str
    """The id of the session. It is no secret: the cookie has 43 characters more."""
    kind: Literal["session", "oidc"]
    """`session`: it was begun with an API key. `oidc`: its person has signed in at an issuer."""
    keyId: str | None
    """The id of the API key. Null: none."""
    subject: str | None
    """What the issuer calls the person. Null: no person."""
    name: str | None
    """The name of the person. Null: no person."""
    createdAt: str
    """When the session began."""
    expiresAt: str
    """When it ends unless it is used. Its API key may end earlier."""
    endsAt: str
    """When it ends in any case."""
    current: bool
    """Whether the request is made with this session."""


class BulkFilter(TypedDict):
    """Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member."""

    state: NotRequired[BatchState]
    """Only batches in this state."""
    outcome: NotRequired[BatchOutcome]
    """Only batches with this outcome."""
    queue: NotRequired[str]
    """Only batches of this queue."""
    type: NotRequired[str]
    """Only batches of this type."""
    codePrefix: NotRequired[str]
    """Only batches whose code begins with this."""
    ids: NotRequired[list[str]]
    """Only batches with these ids."""


class BulkList(TypedDict):
    operations: list[BulkOperation]
    """The operations, newest first."""


class BulkOperation(TypedDict):
    id: str | None
    """The id of the operation. Null of a dry run."""
    action: BulkAction
    """What is done with each batch. `retry`: its failed tasks run again."""
    filter: BulkFilter
    """Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member."""
    state: Literal["dry_run", "running", "completed", "cancelled"]
    """`dry_run`: nothing is done. `running`: batches are left. `completed`: all were reached. `cancelled`: a client ended it before."""
    total: int
    """Batches that it acts on: they were chosen when it started."""
    done: int
    """Batches on which the action succeeded."""
    skipped: int
    """Batches that had changed or were gone."""
    tasks: int
    """Tasks that the action has touched; of a dry run, tasks that it would touch."""
    skips: list[BulkSkip]
    """Why batches were skipped: the first hundred."""
    hasMore: bool
    """Whether there may be more batches than the thousand that one operation acts on. Only the answer that starts it says so."""
    reason: str | None
    """The `x-sluice-reason` of the request. Null: none."""
    createdBy: str | None
    """The id of the API key. Null: anonymous."""
    createdAt: str
    """When it started."""
    finishedAt: str | None
    """When it was completed or cancelled."""


class BulkSkip(TypedDict):
    batchId: str
    """The id of the batch."""
    code: str
    """The error code."""
    message: str
    """A sentence that says why."""


class CancelBatch(TypedDict):
    abort: NotRequired[bool]
    """Whether running attempts are aborted and their tasks cancelled. If false, they finish."""


class ChangeApiKey(TypedDict):
    name: NotRequired[str]
    """What people call the API key: who or what uses it."""
    role: NotRequired[Role]
    """What an API key may do: permissions.md lists the permissions of each role."""
    queues: NotRequired[list[str] | None]
    """The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues."""
    expiresAt: NotRequired[str | None]
    """When the API key stops working, in ISO 8601 with a time zone. Null: never."""


class ChangeLimit(TypedDict):
    rules: NotRequired[list[LimitRule]]
    """Rules that replace all rules of the limit."""
    burstFactor: NotRequired[float | None]
    """How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off."""
    adaptive: NotRequired[bool | None]
    """Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows."""
    maxPauseMs: NotRequired[int | None]
    """Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long."""
    name: NotRequired[str]
    """Read-only. Must be the name in the path."""
    factor: NotRequired[float]
    """Read-only. Ignored."""
    nextStartAt: NotRequired[str | None]
    """Read-only. Ignored."""
    pausedUntil: NotRequired[str | None]
    """Read-only. Ignored."""
    probing: NotRequired[bool]
    """Read-only. Ignored."""
    pauses: NotRequired[int]
    """Read-only. Ignored."""


class ChangeQueue(TypedDict):
    concurrency: NotRequired[int | None]
    """Maximum number of tasks of the queue that run at once, on all workers."""
    retry: NotRequired[RetryPolicyChange | None]
    """Changes to the default retry policy."""
    attemptTimeoutMs: NotRequired[int | None]
    """Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails."""
    http: NotRequired[QueueHttpChange | None]
    """Changes to the defaults of `http`."""
    interruptionCriteria: NotRequired[InterruptionCriteriaUpdate | None]
    """Changes to the default criteria. Null for one criterion switches it off, and null for all restores those of a new queue."""
    limit: NotRequired[str | None]
    """The limit that applies to the tasks, shared by all queues that name it. Null: none."""
    tenants: NotRequired[list[str] | None]
    """The tenants whose API keys may use the queue. For others it does not exist. Adding one while the queue has secrets needs the permission `secrets:grant`. Null: all tenants. API keys of no tenant may use every queue."""
    paused: NotRequired[bool | None]
    """Whether the queue is paused: none of its tasks start."""
    name: NotRequired[str]
    """Read-only. Must be the name in the path."""
    activeBatches: NotRequired[int]
    """Read-only. Ignored."""
    tickets: NotRequired[dict[str, Any]]
    """Read-only. Ignored."""
    workers: NotRequired[int]
    """Read-only. Ignored."""
    types: NotRequired[list[str]]
    """Read-only. Ignored."""


class CreateApiKey(TypedDict):
    name: str
    """What people call the API key: who or what uses it."""
    role: Role
    """What an API key may do: permissions.md lists the permissions of each role."""
    tenant: NotRequired[str | None]
    """The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants."""
    queues: NotRequired[list[str] | None]
    """The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues."""
    expiresAt: NotRequired[str | None]
    """When the API key stops working, in ISO 8601 with a time zone. Null: never."""


class CreateBatch(TypedDict):
    code: NotRequired[str]
    """Your own unique name for the batch. It must not contain slashes or control characters. Default: its id."""
    queue: NotRequired[str]
    """The queue to submit to. It must exist."""
    type: NotRequired[str]
    """The handler that runs tasks without a `type`."""
    metadata: NotRequired[dict[str, Any]]
    """JSON values to attach to the batch, at most 16 KB. They are returned with it."""
    concurrency: NotRequired[int]
    """Maximum number of tasks that run at once, on all workers. Default: the queue's concurrency."""
    priority: NotRequired[int]
    """Priority in the queue, from 1 (first) to 10."""
    startAt: NotRequired[str]
    """The time before which no task starts, at most 366 days from now. A time in the past is the present. Default: the present."""
    retry: NotRequired[RetryPolicyUpdate]
    """The retry policy. A field that is left out takes the queue's value."""
    attemptTimeoutMs: NotRequired[int]
    """Time limit of one attempt, in ms. Default: the queue's `attemptTimeoutMs`."""
    interruptionCriteria: NotRequired[InterruptionCriteriaUpdate]
    """The conditions on which the batch stops itself. A criterion that is left out takes the queue's value; null switches it off."""
    tasks: NotRequired[list[TaskLine]]
    """The first tasks of the batch, or none. Send more than a few thousand as NDJSON instead."""
    sealed: NotRequired[bool]
    """Whether the batch accepts no more tasks. Default: true if `tasks` is given, otherwise false. A sealed batch without tasks completes at once."""


class CreateDetection(TypedDict):
    url: str
    """The URL to call repeatedly, without a user name or a password. Choose a call that is cheap and harmless."""
    method: NotRequired[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]]
    """The HTTP method. Default: POST with a body, otherwise GET."""
    headers: NotRequired[dict[str, str]]
    """Headers of the call. The worker replaces `${secret:NAME}` by the secret if the queue lists it in `http.secrets` and the worker may send it to the host."""
    body: NotRequired[Any]
    """The body of the call. A string is sent as it is, any other value as JSON. Null: no body."""
    timeoutMs: NotRequired[int]
    """Time limit of one call, in ms. Default: the queue's `http.timeoutMs`."""
    queue: NotRequired[str]
    """The queue whose `http` settings apply to the call."""
    budgets: NotRequired[DetectionBudgets]
    """What the detection may spend. It ends with what it knows once a budget is used up."""


class CriterionShares(TypedDict):
    """The value of each criterion as a share of the threshold that it had. A criterion without a threshold is absent. Shares of past periods have steps of 0.005 and end at 1.27."""

    maxErrorRate: NotRequired[float]
    """The share. 1 stops the batch."""
    maxFailedTasks: NotRequired[float]
    """The share. 1 stops the batch."""
    maxConsecutiveFailures: NotRequired[float]
    """The share. 1 stops the batch."""
    maxRateLimitHits: NotRequired[float]
    """The share. 1 stops the batch."""
    maxConcurrencyErrors: NotRequired[float]
    """The share. 1 stops the batch."""
    taskTimeoutMs: NotRequired[float]
    """The share. 1 stops the batch."""
    maxBatchRuntimeMs: NotRequired[float]
    """The share. 1 stops the batch."""


class Detection(TypedDict):
    id: str
    """The id of the detection."""
    state: DetectionState
    """The state of the detection: `pending` until a worker starts it. The last three are final."""
    tenant: NotRequired[str]
    """The tenant that it belongs to. Left out for the tenant `default`."""
    queue: str
    """The queue whose `http` settings apply to the call."""
    method: str | None
    """The HTTP method. Null: POST with a body, otherwise GET."""
    url: str
    """The URL that is called, without its query, which may hold a key."""
    headerNames: list[str]
    """Names of the headers sent. Their values are not returned."""
    budgets: DetectionBudgets
    """What the detection may spend. It ends with what it knows once a budget is used up."""
    createdAt: str
    """When the detection was created."""
    startedAt: str | None
    """When a worker started the detection."""
    finishedAt: str | None
    """When the detection ended."""
    progress: DetectionProgress | None
    """The progress of the detection, up to two seconds old."""
    result: DetectionResult | None
    """What the detection found, once it is completed."""
    error: DetectionError | None
    """Why the detection failed."""


class DetectionBudgets(TypedDict):
    """What the detection may spend. It ends with what it knows once a budget is used up."""

    requests: NotRequired[int]
    """Maximum number of calls. Default: 4,000."""
    rejections: NotRequired[int]
    """Maximum number of rejected calls, not counting calls in flight. Default: 200."""
    seconds: NotRequired[int]
    """Maximum duration, in seconds. Default: 1,800."""
    maxConcurrency: NotRequired[int]
    """Maximum number of calls in flight. Default: 32."""


class DetectionCost(TypedDict):
    """What the detection spent."""

    requests: int
    """Number of calls made."""
    rejections: int
    """Number of rejected calls."""
    durationMs: float
    """Duration of the detection, in ms."""


class DetectionError(TypedDict):
    reason: str
    """`no_success`, `unreliable`, `refused`, `worker_lost`, `worker_stopped` or `internal`."""
    message: str
    """A sentence that explains the reason."""


class DetectionList(TypedDict):
    detections: list[Detection]
    """The detections, newest first."""


class DetectionProgress(TypedDict):
    stage: DetectionStage
    """The current stage."""
    requests: int
    """Number of calls made."""
    rejections: int
    """Number of rejected calls."""
    durationMs: float
    """Duration of the detection, in ms."""


class DetectionResult(TypedDict):
    concurrency: FoundConcurrency
    """How many concurrent calls the upstream accepts."""
    rate: FoundRateLimit
    """How many calls the upstream accepts in a time."""
    recommended: RecommendedSettings
    """Settings that stay slightly below what was found."""
    confidence: Confidence
    """How well the measurements support the result."""
    notes: list[str]
    """What to consider before using the result."""
    cost: DetectionCost
    """What the detection spent."""


class ErrorGroup(TypedDict):
    failureClass: FailureClass
    """The class of a failure."""
    status: int | None
    """The upstream's HTTP status code, if it responded."""
    message: str
    """The error message, with numbers and ids masked."""
    count: int
    """Number of failed attempts, including those that were retried."""
    sampleSeq: int
    """The seq of one task with this error."""


class ErrorGroupName(TypedDict):
    """Retry only tasks whose last error the report counts in this group. `message` is the one of the report."""

    failureClass: FailureClass
    """The class of a failure."""
    status: int | None
    """The upstream's HTTP status code, if it responded."""
    message: str
    """The error message, with numbers and ids masked."""


class FoundConcurrency(TypedDict):
    """How many concurrent calls the upstream accepts."""

    limit: int | None
    """Maximum number of concurrent calls. Null: no limit was found."""
    atLeast: int
    """Highest concurrency that succeeded."""


class FoundRate(TypedDict):
    max: float
    """Maximum number of calls in a window."""
    perMs: float
    """Length of the window, in ms."""
    source: Literal["headers", "probing"]
    """Whether the rate comes from response headers or was measured."""
    family: Literal["fixed_from_first", "sliding_log", "fixed_by_clock", "sliding_counter", "token_bucket"] | None
    """The algorithm that explains the measured responses best."""
    burst: float | None
    """Approximate number of calls that a token bucket accepts at once after a pause."""


class FoundRateLimit(TypedDict):
    """How many calls the upstream accepts in a time."""

    limit: FoundRate | None
    """The rate limit. Null: none was found."""
    atLeastPerSecond: float
    """Highest rate that succeeded, in calls per second, if no limit was found."""


class FoundTask(TypedDict):
    batchId: str
    """The id of its batch."""
    code: str
    """The code of its batch."""
    queue: str
    """The queue of its batch."""
    seq: int
    """Position of the task in its batch, starting at 0."""
    key: str | None
    """Your own id for the task."""
    type: str
    """The handler that runs the task."""
    state: TaskState
    """The state of the task."""
    attempts: int
    """Number of attempts started. Released attempts do not count."""
    maxAttempts: int
    """How many attempts the task may have, including the first. Released and postponed ones do not count."""
    payload: Any
    """The input of the handler: any JSON value."""
    weights: dict[str, float] | None
    """How much of each unit of a limit the task uses."""
    appendedAt: str
    """When the task was accepted."""
    dueAt: str | None
    """The time from which a delayed task may run."""
    startedAt: str | None
    """When the running attempt started. Null unless one runs. Of a task of less than 100 ms, it may be up to 200 ms too early, because a worker leases several of them at once."""
    finishedAt: str | None
    """When the last recorded attempt ended."""
    durationMs: float | None
    """Duration of the last recorded attempt, in ms."""
    result: Any
    """The handler's return value: any JSON value. Null until the task has completed."""
    error: TaskError | None
    """Why the last attempt failed. Null unless it did."""


class FoundTaskList(TypedDict):
    tasks: list[FoundTask]
    """The tasks, those of the newest batch first, and in each batch the last one first."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class GateStatus(TypedDict):
    """The overload gate of the process that answers."""

    state: Literal["open", "buffering", "shedding", "closing", "off"]
    """`open`: requests pass. `buffering`: requests are held. `shedding`: requests were refused within the last second. `closing`: the process stops. `off`: the gate is switched off."""
    held: int
    """Requests that are held."""
    sheddingForMs: float
    """For how long requests have been refused, in ms. 0: none is."""


class Gone(TypedDict):
    kind: Literal["gone"]
    """The kind of the event, which is also its name."""
    topic: Literal["batches", "batch", "queues", "limits", "workers", "system"]
    """The topic of the object."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""


class Headroom(TypedDict):
    criterion: str
    """Name of the criterion."""
    threshold: float
    """The configured value."""
    value: float
    """The current value that is compared with the threshold."""


class Health(TypedDict):
    status: Literal["ok"]
    """Always `ok`."""


class InterruptBatch(TypedDict):
    reason: NotRequired[str]
    """The reason, as one word of lower-case letters, digits and underscores."""
    message: NotRequired[str]
    """A sentence that explains the reason."""
    abort: NotRequired[bool]
    """Whether running attempts are aborted and released. By default they finish."""


class Interruption(TypedDict):
    reason: str
    """The criterion that was met, or the reason that the client gave."""
    message: str
    """A sentence with the value and the threshold."""
    value: float | str | None
    """The value that met the threshold. Null if a client interrupted the batch."""
    threshold: float | str | None
    """The threshold of the criterion. Null if a client interrupted the batch."""
    at: str
    """When the batch was interrupted."""
    counts: TaskCounts
    """Number of tasks by state. The states always add up to `total`."""


class InterruptionCriteria(TypedDict):
    """The conditions on which the batch stops itself. An absent criterion never stops it."""

    maxErrorRate: NotRequired[float]
    """Share of failed tasks above which the batch stops: of the finished tasks once there are `minSample` of them, and of all tasks once the batch is sealed. While a batch is not sealed, fewer tasks never stop it."""
    minSample: NotRequired[int]
    """Number of finished tasks required before `maxErrorRate` is judged by them. Default: 20."""
    maxFailedTasks: NotRequired[int]
    """Number of failed tasks at which the batch stops."""
    maxConsecutiveFailures: NotRequired[int]
    """Number of consecutive failed attempts, on all workers, at which the batch stops."""
    maxRateLimitHits: NotRequired[int]
    """Number of 429 responses at which the batch stops."""
    maxConcurrencyErrors: NotRequired[int]
    """Number of 502 and 503 responses at which the batch stops."""
    taskTimeoutMs: NotRequired[int]
    """Duration of one attempt, in ms, at which it is aborted and the batch stops."""
    maxBatchRuntimeMs: NotRequired[int]
    """Time, in ms, after which the batch stops. It starts with the first task, and again at each resumption."""
    stopOn: NotRequired[list[FailureClass]]
    """Failure classes that stop the batch at their first failure."""


class InterruptionCriteriaUpdate(TypedDict):
    """The conditions on which the batch stops itself. A criterion that is left out takes the queue's value; null switches it off."""

    maxErrorRate: NotRequired[float | None]
    """Share of failed tasks above which the batch stops: of the finished tasks once there are `minSample` of them, and of all tasks once the batch is sealed. While a batch is not sealed, fewer tasks never stop it."""
    minSample: NotRequired[int | None]
    """Number of finished tasks required before `maxErrorRate` is judged by them. Default: 20."""
    maxFailedTasks: NotRequired[int | None]
    """Number of failed tasks at which the batch stops."""
    maxConsecutiveFailures: NotRequired[int | None]
    """Number of consecutive failed attempts, on all workers, at which the batch stops."""
    maxRateLimitHits: NotRequired[int | None]
    """Number of 429 responses at which the batch stops."""
    maxConcurrencyErrors: NotRequired[int | None]
    """Number of 502 and 503 responses at which the batch stops."""
    taskTimeoutMs: NotRequired[int | None]
    """Duration of one attempt, in ms, at which it is aborted and the batch stops."""
    maxBatchRuntimeMs: NotRequired[int | None]
    """Time, in ms, after which the batch stops. It starts with the first task, and again at each resumption."""
    stopOn: NotRequired[list[FailureClass] | None]
    """Failure classes that stop the batch at their first failure."""


class InterruptionList(TypedDict):
    interruptions: list[Interruption]
    """The interruptions, newest first."""


class LatestFailure(TypedDict):
    at: str
    """When the attempt was recorded."""
    seq: int
    """The seq of the task."""
    outcome: FailureOutcome
    """`failed`: the task has failed. `retry`: it runs again. `postponed`: the same, but no attempt was spent, because the upstream refused the call."""
    failureClass: FailureClass
    """The class of a failure."""
    status: int | None
    """The upstream's HTTP status code, if it responded."""
    message: str
    """The error message. If it is very long, it is cut, with numbers and ids masked."""


class Limit(TypedDict):
    name: str
    """The name of a limit: up to 63 lower-case letters, digits, dots, underscores and hyphens."""
    rules: list[LimitRuleUse]
    """The rules, with their current use."""
    burstFactor: float
    """How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off."""
    adaptive: bool
    """Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows."""
    maxPauseMs: int
    """Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long."""
    factor: float
    """The share of its maxima that the limit allows now. Below 1 only if it is adaptive."""
    nextStartAt: str | None
    """When a task that asked now could start. Null: at once."""
    pausedUntil: str | None
    """The time before which no task starts, because the upstream asked for a pause."""
    probing: bool
    """Whether one call at a time probes the upstream, because it refused calls without a retry time."""
    pauses: int
    """Number of pauses after refused calls since the limit was last idle for an hour."""


class LimitList(TypedDict):
    limits: list[Limit]
    """The limits, in alphabetical order."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class LimitRule(TypedDict):
    unit: str
    """What the rule counts: `requests` counts each call once; any other unit counts the weights of tasks."""
    max: int
    """The most that may start in any window of `perMs`, on all workers."""
    perMs: int
    """Length of the window, in ms: from a tenth of a second to 31 days."""
    used: NotRequired[float]
    """Read-only. Ignored."""
    reserved: NotRequired[float]
    """Read-only. Ignored."""


class LimitRuleUse(TypedDict):
    unit: str
    """What the rule counts: `requests` counts each call once; any other unit counts the weights of tasks."""
    max: int
    """The most that may start in any window of `perMs`, on all workers."""
    perMs: int
    """Length of the window, in ms: from a tenth of a second to 31 days."""
    used: float
    """Amount started within the current window."""
    reserved: float
    """Amount granted for start times that have not come yet."""


class LimitWait(TypedDict):
    limit: str
    """The name of a limit: up to 63 lower-case letters, digits, dots, underscores and hyphens."""
    nextStartAt: str | None
    """When the next task can start. Null if that is unknown."""
    message: str
    """A sentence that explains the wait."""


class LimitsChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["limits"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: Limit
    """The object as it is now."""


class LimitsSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["limits"]
    """The topic of the objects."""
    objects: list[Limit]
    """All objects of the topic."""


class LineError(TypedDict):
    line: int
    """The line number, starting at 1. Blank lines count."""
    message: str
    """What is wrong: it completes the sentence that begins with the line."""
    value: NotRequired[Any]
    """The value that was sent, shortened if it is long."""


class Mark(TypedDict):
    kind: Literal["started", "interrupted", "resumed", "retried", "changed", "finished"]
    """`started`: a worker took the first task. `interrupted` and `resumed`: the batch was. `retried`: failed tasks run again. `changed`: settings of the batch were changed. `finished`: the batch was completed or cancelled."""
    at: str
    """When it happened."""
    reason: str | None
    """The reason of an interruption. Null for every other kind."""


class NewApiKey(TypedDict):
    id: str
    """The id of the API key: the twelve characters that follow `slk1_`."""
    name: str
    """What people call the API key: who or what uses it."""
    role: Role
    """What an API key may do: permissions.md lists the permissions of each role."""
    tenant: str | None
    """The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants."""
    queues: list[str] | None
    """The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues."""
    createdAt: str
    """When the API key was created."""
    createdBy: str
    """The id of the API key that created it; `anonymous`; `command` for the option `--create-key`; or `file` for `SLUICE_BOOTSTRAP_KEY_FILE`."""
    expiresAt: str | None
    """When the API key stops working. Null: never."""
    lastUsedAt: str | None
    """When the API key was last used, to the minute. Null: never."""
    replacedBy: str | None
    """The id of the API key that replaces this one. Null: none."""
    key: str
    """The API key to send with requests. No other answer shows it: store it now."""


class Percentiles(TypedDict):
    """Duration of single attempts, in ms."""

    count: int
    """Number of durations."""
    mean: float
    """The average."""
    min: float
    """The shortest duration, at least 0.1."""
    p50: float
    """The median."""
    p90: float
    """The 90th percentile."""
    p99: float
    """The 99th percentile."""
    max: float
    """The longest duration."""


class Problem(TypedDict):
    type: str
    """A URN for the code."""
    title: str
    """The code in words."""
    status: int
    """The HTTP status code."""
    code: str
    """The error code. It is stable: branch on it."""
    detail: str
    """A sentence for people that explains this occurrence. It may change."""
    instance: str
    """The path of the request."""
    requestId: str
    """The id of the request, by which the log lists it."""
    retryAfterMs: NotRequired[int]
    """Time to wait before the request is repeated, in ms."""
    errors: NotRequired[list[RequestError]]
    """What is wrong with the request (`SLUICE_REQUEST_INVALID`)."""
    lines: NotRequired[list[LineError]]
    """The first invalid lines (`SLUICE_TASKS_INVALID`)."""
    accepted: NotRequired[int]
    """Number of tasks that a failed append added before it failed."""
    skipped: NotRequired[int]
    """Number of tasks that a failed append skipped before it failed."""
    total: NotRequired[int]
    """Number of tasks in the batch: the offset to continue an append with."""
    seq: NotRequired[int]
    """The task that differs from the one sent (`SLUICE_TASKS_DIFFER`)."""
    batchId: NotRequired[str]
    """The batch that has the code (`SLUICE_CODE_TAKEN`) or needs the queue."""


class PutLimit(TypedDict):
    rules: list[LimitRule]
    """The rules, which all apply at once. Each must have a different unit or window."""
    burstFactor: NotRequired[float]
    """How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off."""
    adaptive: NotRequired[bool]
    """Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows."""
    maxPauseMs: NotRequired[int]
    """Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long."""
    name: NotRequired[str]
    """Read-only. Must be the name in the path."""
    factor: NotRequired[float]
    """Read-only. Ignored."""
    nextStartAt: NotRequired[str | None]
    """Read-only. Ignored."""
    pausedUntil: NotRequired[str | None]
    """Read-only. Ignored."""
    probing: NotRequired[bool]
    """Read-only. Ignored."""
    pauses: NotRequired[int]
    """Read-only. Ignored."""


class PutQueue(TypedDict):
    concurrency: NotRequired[int]
    """Maximum number of tasks of the queue that run at once, on all workers."""
    retry: NotRequired[RetryPolicyUpdate]
    """Default retry policy. A field that is left out takes its default."""
    attemptTimeoutMs: NotRequired[int]
    """Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails."""
    http: NotRequired[QueueHttp]
    """Defaults of the `http` handler."""
    interruptionCriteria: NotRequired[InterruptionCriteriaUpdate]
    """Default criteria, copied into each batch when it is created. If given, they replace those of a new queue, which are `{"maxConsecutiveFailures": 300, "stopOn": ["auth"]}`: a criterion that is left out never stops a batch."""
    limit: NotRequired[str | None]
    """The limit that applies to the tasks, shared by all queues that name it. Null: none."""
    tenants: NotRequired[list[str] | None]
    """The tenants whose API keys may use the queue. For others it does not exist. Adding one while the queue has secrets needs the permission `secrets:grant`. Null: all tenants. API keys of no tenant may use every queue."""
    paused: NotRequired[bool]
    """Whether the queue is paused: none of its tasks start."""
    name: NotRequired[str]
    """Read-only. Must be the name in the path."""
    activeBatches: NotRequired[int]
    """Read-only. Ignored."""
    tickets: NotRequired[dict[str, Any]]
    """Read-only. Ignored."""
    workers: NotRequired[int]
    """Read-only. Ignored."""
    types: NotRequired[list[str]]
    """Read-only. Ignored."""


class PutTenant(TypedDict):
    maxActiveBatches: NotRequired[int | None]
    """Maximum number of active and interrupted batches. Null: any number."""
    maxTasks: NotRequired[int | None]
    """Maximum number of tasks of all batches that are kept, in any state. Null: any number."""
    maxBytes: NotRequired[int | None]
    """Maximum number of bytes of these tasks as they were sent, and of the results of completed ones. Null: any number."""
    name: NotRequired[str]
    """Read-only. Must be the name in the path."""
    activeBatches: NotRequired[int]
    """Read-only. Ignored."""
    tasks: NotRequired[int]
    """Read-only. Ignored."""
    bytes: NotRequired[int]
    """Read-only. Ignored."""


class Queue(TypedDict):
    name: str
    """The name of the queue."""
    concurrency: int
    """Maximum number of tasks of the queue that run at once, on all workers."""
    retry: RetryPolicy
    """Default retry policy, copied into each batch at its creation."""
    attemptTimeoutMs: int
    """Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails."""
    http: QueueHttp
    """Defaults of the `http` handler."""
    interruptionCriteria: InterruptionCriteria
    """Default criteria, copied into each batch at its creation."""
    limit: str | None
    """The limit that applies to the tasks, shared by all queues that name it. Null: none."""
    tenants: NotRequired[list[str]]
    """The tenants whose API keys may use the queue. An API key of a tenant sees its own alone. Left out: all."""
    paused: bool
    """Whether the queue is paused: none of its tasks start."""
    activeBatches: int
    """Number of batches that use the queue: active and interrupted ones, and those whose last tasks are being aborted."""
    tickets: TicketCounts
    """Number of tickets by state. Each ticket carries one unit of a batch's concurrency."""
    workers: int
    """Number of workers that are alive and serve the queue."""
    types: list[str]
    """The task types that at least one of these workers handles, in alphabetical order."""


class QueueHttp(TypedDict):
    """Defaults of the `http` handler."""

    timeoutMs: NotRequired[int]
    """Time limit of one call, in ms. Default: 30,000."""
    headers: NotRequired[dict[str, str]]
    """Headers to send with every call. A header of the task replaces one of the same name. A header that carries a credential, by its name, must contain `${secret:NAME}`."""
    hosts: NotRequired[list[str]]
    """Hosts that tasks may call, with or without a port; `*.example.com` names all below. Default: all. A response of any host that a task calls may pause the limit of the queue."""
    secrets: NotRequired[list[str]]
    """Names of secrets that tasks of the queue may use as `${secret:NAME}`. Workers send a secret only to the hosts that it is bound to in their environment. Adding a name needs the permission `secrets:grant`. Default: none."""
    propagateTrace: NotRequired[list[str]]
    """Hosts that receive a `traceparent` with each call, written like `hosts`: the trace of the request that created the batch, with a span id per attempt. Default: none, because an upstream is a third party."""


class QueueHttpChange(TypedDict):
    timeoutMs: NotRequired[int | None]
    """Time limit of one call, in ms. Default: 30,000."""
    headers: NotRequired[dict[str, str] | None]
    """Headers that replace all headers of the queue. A credential must contain `${secret:NAME}`."""
    hosts: NotRequired[list[str] | None]
    """Hosts that tasks may call, with or without a port; `*.example.com` names all below. Default: all. A response of any host that a task calls may pause the limit of the queue."""
    secrets: NotRequired[list[str] | None]
    """Names of secrets that tasks of the queue may use as `${secret:NAME}`. Workers send a secret only to the hosts that it is bound to in their environment. Adding a name needs the permission `secrets:grant`. Default: none."""
    propagateTrace: NotRequired[list[str] | None]
    """Hosts that receive a `traceparent` with each call, written like `hosts`: the trace of the request that created the batch, with a span id per attempt. Default: none, because an upstream is a third party."""


class QueueList(TypedDict):
    queues: list[Queue]
    """The queues, in alphabetical order."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class QueueLoad(TypedDict):
    queue: str
    """The name of the queue."""
    tickets: int
    """Tickets of the queue that the worker runs."""


class QueuesChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["queues"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: Queue
    """The object as it is now."""


class QueuesSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["queues"]
    """The topic of the objects."""
    objects: list[Queue]
    """All objects of the topic."""


class RecommendedLimit(TypedDict):
    rules: list[dict[str, Any]]
    """The rules of the limit."""
    burstFactor: float
    """How much faster than evenly spaced calls may start."""


class RecommendedSettings(TypedDict):
    """Settings that stay slightly below what was found."""

    limit: RecommendedLimit | None
    """A body for `PUT /v1/limits/:name`, at 90% of the rate that was found, or less if its confidence is low. Null: no rate was found."""
    concurrency: int | None
    """A concurrency for the queue: 80% of the limit that was found. Null: none was found."""


class RedisNode(TypedDict):
    version: str
    """The version of the server."""
    server: Literal["redis", "valkey"]
    """Which server it is."""
    role: str
    """The role in replication."""
    usedBytes: int
    """Memory in use, in bytes."""
    maxBytes: int | None
    """`maxmemory`, in bytes. Null: the server has no bound."""
    evictionPolicy: str
    """`maxmemory-policy`. Any other than `noeviction` may lose tasks."""
    connectedClients: int
    """Open connections."""
    uptimeMs: int
    """For how long the server has run, in ms."""


class RedisStatus(TypedDict):
    """What Redis says about itself."""

    isCluster: bool
    """Whether it is a Redis Cluster."""
    nodes: list[RedisNode]
    """The server; of a cluster, each of its masters."""


class RequestError(TypedDict):
    path: str
    """Where the error is: a JSON pointer that starts with `body`, `query`, `path` or `headers`."""
    message: str
    """What is wrong: it completes the sentence that begins with the path."""
    value: NotRequired[Any]
    """The value that was sent, shortened if it is long."""


class RerollApiKey(TypedDict):
    graceMs: NotRequired[int]
    """How long the old API key still works, in ms: up to 30 days, and never beyond its own expiry. 0 stops it at once, for a key that has leaked."""


class ResumeBatch(TypedDict):
    interruptionCriteria: NotRequired[InterruptionCriteriaUpdate]
    """Changes to the criteria. A criterion that is left out stays as it is; null switches it off."""


class RetryPolicy(TypedDict):
    """How many attempts a failing task gets, how far apart, and how long it may be postponed."""

    maxAttempts: int
    """Maximum number of attempts per task, including the first."""
    minDelayMs: int
    """Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt."""
    maxDelayMs: int
    """Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`."""
    maxPostponedMs: int
    """How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day."""


class RetryPolicyChange(TypedDict):
    maxAttempts: NotRequired[int | None]
    """Maximum number of attempts per task, including the first."""
    minDelayMs: NotRequired[int | None]
    """Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt."""
    maxDelayMs: NotRequired[int | None]
    """Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`."""
    maxPostponedMs: NotRequired[int | None]
    """How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day."""


class RetryPolicyUpdate(TypedDict):
    """The retry policy. A field that is left out takes the queue's value."""

    maxAttempts: NotRequired[int]
    """Maximum number of attempts per task, including the first."""
    minDelayMs: NotRequired[int]
    """Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt."""
    maxDelayMs: NotRequired[int]
    """Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`."""
    maxPostponedMs: NotRequired[int]
    """How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day."""


class RetryTasks(TypedDict):
    failureClass: NotRequired[FailureClass]
    """Retry only tasks that failed with this class."""
    group: NotRequired[ErrorGroupName]
    """Retry only tasks whose last error the report counts in this group. `message` is the one of the report."""
    seqs: NotRequired[list[int]]
    """Retry only these tasks. Default: all failed tasks."""
    dryRun: NotRequired[bool]
    """Whether to count the tasks only, and change nothing."""


class RetryTasksResult(TypedDict):
    retried: int
    """Number of tasks that run again; of a dry run, that would."""
    batch: Batch
    """The batch."""


class Sample(TypedDict):
    at: str
    """When the period began."""
    completed: int
    """Tasks that completed."""
    failed: int
    """Tasks that failed for good."""
    retried: int
    """Attempts that failed and are retried."""
    postponed: int
    """Attempts that the upstream refused (429)."""
    running: int
    """Tasks that were running when the period ended."""
    waiting: int
    """Tasks that were pending or delayed when the period ended."""
    p50Ms: float | None
    """Median duration of the attempts that ended, in ms, at most 10% too high. Null: none ended."""
    p95Ms: float | None
    """The 95th percentile of the same durations, in ms. Null: none ended."""
    concurrency: int
    """How many tasks could run at once when the period ended: the lower concurrency of the batch and of its queue."""
    criteria: CriterionShares
    """The value of each criterion as a share of the threshold that it had. A criterion without a threshold is absent. Shares of past periods have steps of 0.005 and end at 1.27."""


class Series(TypedDict):
    periodMs: int
    """The length of a period, in ms: 10,000, and twice as long each time the series is full."""
    samples: list[Sample]
    """The periods in which something was recorded, oldest first. In a period without a sample nothing ended. The last one may still go on."""
    marks: list[Mark]
    """What happened to the batch as a whole, oldest first."""


class Session(TypedDict):
    kind: Literal["key", "session", "oidc", "anonymous"]
    """`key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: one whose person has signed in at an issuer. `anonymous`: a client without, which `SLUICE_ALLOW_ANONYMOUS` allows."""
    keyId: str | None
    """The id of the API key. Null: none."""
    name: str | None
    """The name of the API key or person. Null if anonymous."""
    subject: str | None
    """What the issuer calls the person. Null: no person."""
    role: Role
    """What an API key may do: permissions.md lists the permissions of each role."""
    permissions: list[Permission]
    """What the client may do."""
    tenant: str | None
    """The tenant that the client belongs to. Null: none, so that it reaches all tenants."""
    queues: list[str] | None
    """The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues."""
    expiresAt: str | None
    """When the API key stops working, or the session ends unless it is used. Null: never."""


class SessionList(TypedDict):
    sessions: list[BrowserSession]
    """The sessions, in the order of their ids. A page may have fewer than `pageSize`."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class SignIn(TypedDict):
    apiKey: str
    """The API key."""


class StartBulk(TypedDict):
    action: BulkAction
    """What is done with each batch. `retry`: its failed tasks run again."""
    filter: BulkFilter
    """Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member."""
    dryRun: NotRequired[bool]
    """Whether to count batches and tasks only, and change nothing."""


class StuckTask(TypedDict):
    seq: int
    """The seq of the task."""
    runningForMs: float
    """Time since its attempt started, in ms."""


class System(TypedDict):
    process: ApiProcess
    """The API process that answers. Others may differ."""
    redis: RedisStatus
    """What Redis says about itself."""
    batches: BatchStates
    """Number of batches by state."""
    queues: int
    """Queues, including `default`."""
    limits: int
    """Limits."""
    workers: int
    """Workers that are alive."""
    maintenanceAgeMs: int | None
    """Time since the last pass of the reconciler, in ms. It makes one every 15 seconds. Null: none within a day."""


class SystemChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["system"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: System
    """The object as it is now."""


class SystemSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["system"]
    """The topic of the objects."""
    objects: list[System]
    """All objects of the topic."""


class Task(TypedDict):
    seq: int
    """Position of the task in its batch, starting at 0."""
    key: str | None
    """Your own id for the task."""
    type: str
    """The handler that runs the task."""
    state: TaskState
    """The state of the task."""
    attempts: int
    """Number of attempts started. Released attempts do not count."""
    maxAttempts: int
    """How many attempts the task may have, including the first. Released and postponed ones do not count."""
    payload: Any
    """The input of the handler: any JSON value."""
    weights: dict[str, float] | None
    """How much of each unit of a limit the task uses."""
    appendedAt: str
    """When the task was accepted."""
    dueAt: str | None
    """The time from which a delayed task may run."""
    startedAt: str | None
    """When the running attempt started. Null unless one runs. Of a task of less than 100 ms, it may be up to 200 ms too early, because a worker leases several of them at once."""
    finishedAt: str | None
    """When the last recorded attempt ended."""
    durationMs: float | None
    """Duration of the last recorded attempt, in ms."""
    result: Any
    """The handler's return value: any JSON value. Null until the task has completed."""
    error: TaskError | None
    """Why the last attempt failed. Null unless it did."""


class TaskCounts(TypedDict):
    """Number of tasks by state. The states always add up to `total`."""

    pending: int
    """Tasks that are ready to run, including those that a worker has taken but not started."""
    delayed: int
    """Tasks that may run later: retried or postponed."""
    running: int
    """Tasks that have started."""
    completed: int
    """Tasks whose handler succeeded."""
    failed: int
    """Tasks without attempts left, or whose failure must not be retried."""
    cancelled: int
    """Tasks that were cancelled with their batch."""
    total: int
    """All tasks."""


class TaskError(TypedDict):
    failureClass: FailureClass
    """The class of a failure."""
    message: str
    """The error message."""
    status: NotRequired[int]
    """The upstream's HTTP status code, if it responded."""
    stack: NotRequired[str]
    """The stack trace, if the handler threw an error that does not say what it means."""


class TaskLine(TypedDict):
    type: NotRequired[str]
    """The handler that runs the task. Default: the batch's `type`."""
    payload: Any
    """The input of the handler: any JSON value. With the type `http`, an object as `HttpPayload` describes it."""
    key: NotRequired[str]
    """Your own id for the task, returned with it. It does not have to be unique."""
    maxAttempts: NotRequired[int]
    """Maximum number of attempts, including the first. Default: the batch's `retry.maxAttempts`."""
    weights: NotRequired[dict[str, float]]
    """How much of each unit of a limit the task is expected to use."""


class TaskList(TypedDict):
    tasks: list[Task]
    """The tasks, in order of seq."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class TaskResult(TypedDict):
    seq: int
    """Position of the task in its batch, starting at 0."""
    key: str | None
    """Your own id for the task."""
    state: TaskState
    """The state of the task."""
    attempts: int
    """Number of attempts started. Released attempts do not count."""
    finishedAt: str | None
    """When the last recorded attempt ended."""
    durationMs: float | None
    """Duration of the last recorded attempt, in ms."""
    result: Any
    """The handler's return value: any JSON value. Null until the task has completed."""
    error: TaskError | None
    """Why the last attempt failed. Null unless it did."""


class Tenant(TypedDict):
    name: str
    """The name of a tenant: up to 63 lower-case letters, digits, dots, underscores and hyphens."""
    maxActiveBatches: int | None
    """Maximum number of active and interrupted batches. Null: any number."""
    maxTasks: int | None
    """Maximum number of tasks of all batches that are kept, in any state. Null: any number."""
    maxBytes: int | None
    """Maximum number of bytes of these tasks as they were sent, and of the results of completed ones. Null: any number."""
    activeBatches: int
    """Number of active and interrupted batches."""
    tasks: int
    """Number of tasks of all batches that are kept."""
    bytes: int
    """Bytes of these tasks, and of the results of completed ones."""


class TenantList(TypedDict):
    tenants: list[Tenant]
    """The tenants, in alphabetical order."""
    nextCursor: str | None
    """The `cursor` of the next page. Null on the last page."""


class Tick(TypedDict):
    kind: Literal["tick"]
    """The kind of the event, which is also its name."""
    at: str
    """The time of the process."""
    batches: BatchStates | None
    """Batches by state. Null for an API key that is narrowed to queues."""
    completedPerSecond: float
    """Tasks that complete per second, in the batches of the topic."""
    failedPerSecond: float
    """Tasks that fail per second, in the batches of the topic."""
    running: int
    """Tasks that run, in the batches of the topic."""
    waiting: int
    """Tasks that are pending or delayed, in the batches of the topic."""


class TicketCounts(TypedDict):
    """Number of tickets by state. Each ticket carries one unit of a batch's concurrency."""

    active: int
    """Tickets that a worker is running."""
    waiting: int
    """Tickets that are ready to run."""
    delayed: int
    """Tickets that wait for a time."""


class UpdateBatch(TypedDict):
    concurrency: NotRequired[int | None]
    """Maximum number of tasks that run at once, on all workers. Null: the queue's concurrency applies."""
    priority: NotRequired[int]
    """Priority in the queue, from 1 (first) to 10."""
    startAt: NotRequired[str | None]
    """The time before which no task starts, while none has: later or earlier. Null, or a time in the past: at once."""
    metadata: NotRequired[dict[str, Any]]
    """JSON values that replace the attached ones, at most 16 KB."""
    retry: NotRequired[RetryPolicyUpdate]
    """Changes to the retry policy. A field that is left out stays as it is, except for a bound of the delay that would contradict the other one. Attempts that start from then on count."""
    attemptTimeoutMs: NotRequired[int]
    """Time limit of one attempt, in ms, for attempts that start from then on."""
    interruptionCriteria: NotRequired[InterruptionCriteriaUpdate]
    """Changes to the criteria, judged at once. A criterion that is left out stays as it is; null switches it off."""


class UpstreamWait(TypedDict):
    state: UpstreamWaitState
    """`paused`: no task starts before `pausedUntil`. `probing`: one task at a time finds out whether the upstream accepts calls again. `paced`: it does, and tasks start at `startsPerSecond`."""
    startsPerSecond: float | None
    """How many tasks start per second while the upstream accepts calls. It grows until a call is refused. Null: not known yet."""
    message: str
    """A sentence that explains the wait."""


class Version(TypedDict):
    name: str
    """The name of the process."""
    version: str
    """The version of Sluice."""
    node: str
    """The version of Node."""
    maxTaskBytes: int
    """Maximum size of a task, in bytes of its JSON."""


class Waiting(TypedDict):
    kind: WaitingKind
    """`start_at`: the start of the batch has not come. `queue_paused`: the queue is paused. `no_worker`: no worker serves the queue. `no_handler`: no worker of the queue handles all types of the batch's tasks. `limit`: the limit of the queue has no room. `upstream_pause`: the upstream refuses calls. `backoff`: all tasks wait for their retry. `slot`: other batches use all slots. `seal`: all tasks have ended, and the batch is not sealed."""
    message: str
    """A sentence that explains the wait."""
    types: NotRequired[list[str]]
    """The task types that lack a handler: `no_handler`."""
    until: NotRequired[str]
    """When the wait ends: `start_at`, and `upstream_pause` and `backoff` if known."""


class Worker(TypedDict):
    id: str
    """The id of the worker. A worker that starts again has another one."""
    host: str | None
    """The name of its machine. Null for an API key that is narrowed to queues."""
    pid: int | None
    """The id of its process on that machine. Null for an API key that is narrowed to queues."""
    version: str
    """The version of Sluice that it runs."""
    queues: list[str] | None
    """The queues that it serves, in alphabetical order: of a narrowed API key, those that it is narrowed to. Null: all."""
    types: list[str]
    """The task types that it handles, in alphabetical order."""
    concurrency: int
    """Maximum number of tickets that it runs of each queue."""
    running: int | None
    """Attempts that it runs. Null for an API key that is narrowed to queues: they may be of any queue."""
    load: list[QueueLoad]
    """The tickets that it runs, by queue, in alphabetical order. Queues without any are left out."""
    startedAt: str
    """When its process started serving."""
    lastBeatAt: str
    """When it last said that it is alive. It does so every 0.7 s, and counts as dead after 3.5 s."""


class WorkerList(TypedDict):
    workers: list[Worker]
    """The workers, in the order in which they started."""


class WorkersChange(TypedDict):
    kind: Literal["change"]
    """The kind of the event, which is also its name."""
    topic: Literal["workers"]
    """The topic of the objects."""
    id: str
    """The id or name of the object; of the topic `system`, `system`."""
    object: Worker
    """The object as it is now."""


class WorkersSnapshot(TypedDict):
    kind: Literal["snapshot"]
    """The kind of the event, which is also its name."""
    topic: Literal["workers"]
    """The topic of the objects."""
    objects: list[Worker]
    """All objects of the topic."""


BatchOutcome = Literal["succeeded", "partial", "failed"]
BatchState = Literal["active", "interrupted", "completed", "cancelled"]
BulkAction = Literal["interrupt", "resume", "retry", "cancel", "delete"]
Confidence = Literal["high", "medium", "low"]
DetectionStage = Literal["checking", "concurrency", "rate", "verifying"]
DetectionState = Literal["pending", "running", "completed", "failed", "cancelled"]
FailureClass = Literal["rate_limited", "overloaded", "timeout", "network", "auth", "invalid", "server", "handler", "worker_lost"]
FailureOutcome = Literal["failed", "retry", "postponed"]
OpenapiDocument = "dict[str, Any]"
Permission = Literal["session:read", "session:write", "batches:read", "batches:write", "batches:control", "batches:delete", "payloads:read", "queues:read", "queues:write", "secrets:grant", "limits:read", "limits:write", "detections:read", "detections:write", "workers:read", "system:read", "tenants:read", "tenants:write", "metrics:read", "keys:read", "keys:write", "audit:read"]
Role = Literal["viewer", "submitter", "operator", "admin"]
TaskState = Literal["pending", "delayed", "running", "completed", "failed", "cancelled"]
UpstreamWaitState = Literal["paused", "probing", "paced"]
WaitingKind = Literal["start_at", "queue_paused", "no_worker", "no_handler", "limit", "upstream_pause", "backoff", "slot", "seal"]
