import { Caller, type CallDetails } from './caller.ts'
import { completeOptions, type RequestOptions, type SluiceOptions } from './options.ts'
import { type EventsOptions, watchEvents } from './events.ts'
import type { FleetEvent } from './generated/api-types.ts'
import { AuditLog } from './resources/audit.ts'
import { Bulk } from './resources/bulk.ts'
import { Batches } from './resources/batches.ts'
import { Detections } from './resources/detections.ts'
import { ApiKeys } from './resources/keys.ts'
import { Limits } from './resources/limits.ts'
import { Queues } from './resources/queues.ts'
import { Service } from './resources/service.ts'
import { Sessions } from './resources/sessions.ts'
import { System } from './resources/system.ts'
import { TasksOfBatches } from './resources/tasks.ts'
import { Tenants } from './resources/tenants.ts'
import { Workers } from './resources/workers.ts'
import { type BatchRun, runBatch, type RunOptions, type RunRequest } from './run.ts'
import { type OperationId, Transport } from './transport.ts'

/**
 * A client of Sluice's REST API. It needs `fetch` and web streams, and nothing of Node.
 *
 * Methods throw `ApiError` if the API refuses a request, `ConnectionError` if no answer arrives, and the reason of the
 * signal if one is aborted.
 */
export class Sluice {
  readonly batches: Batches
  readonly bulk: Bulk
  readonly tasks: TasksOfBatches
  readonly queues: Queues
  readonly limits: Limits
  readonly detections: Detections
  readonly tenants: Tenants
  readonly keys: ApiKeys
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly workers: Workers
  readonly system: System
  readonly service: Service
  readonly #caller: Caller

  constructor(options: SluiceOptions = {}) {
    this.#caller = new Caller(new Transport(completeOptions(options)))
    this.batches = new Batches(this.#caller)
    this.bulk = new Bulk(this.#caller)
    this.tasks = new TasksOfBatches(this.#caller)
    this.queues = new Queues(this.#caller)
    this.limits = new Limits(this.#caller)
    this.detections = new Detections(this.#caller)
    this.tenants = new Tenants(this.#caller)
    this.keys = new ApiKeys(this.#caller)
    this.sessions = new Sessions(this.#caller)
    this.audit = new AuditLog(this.#caller)
    this.workers = new Workers(this.#caller)
    this.system = new System(this.#caller)
    this.service = new Service(this.#caller)
  }

  /** Creates a batch, appends its tasks and seals it. The handle that it returns watches it and reads its results. */
  run(batch: RunRequest, options: RunOptions = {}): Promise<BatchRun> {
    return runBatch(this.batches, batch, options)
  }

  /** Who the client is, and what it may do. */
  session(options?: RequestOptions) {
    return this.#caller.call('readSession', {}, options)
  }

  /**
   * Yields the state of all objects of some topics, or of one batch, and then each change, until the signal is aborted. Opens a
   * broken stream again: it then begins with snapshots, which replace what was known.
   */
  events(options: EventsOptions): AsyncGenerator<FleetEvent> {
    return watchEvents(this.#caller, options)
  }

  /** Calls any operation that is no stream, by its id. */
  request<Id extends OperationId>(operation: Id, details: CallDetails = {}, options?: RequestOptions) {
    return this.#caller.call(operation, { repeatable: 'if_refused', ...details }, options)
  }
}
