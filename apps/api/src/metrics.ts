import type { EngineCounts } from '@sluice/engine'
import { BUILD_INFO } from '@sluice/settings'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type AuthMetrics, createAuthMetrics } from './auth/auth-metrics.ts'
import { createGateMetrics, type GateMetrics } from './gate/gate-metrics.ts'
import { program, version } from './settings.ts'
import { createLimitMetrics, showLimits, type LimitMetrics } from './limits/limit-metrics.ts'

/** The metrics of this process. */
export interface Metrics {
  registry: Registry
  requestSeconds: Histogram<'method' | 'route' | 'status'>
  tasksAccepted: Counter
  uploadBytes: Counter
  eventStreams: Gauge
  resultStreams: Gauge
  openBodyBytes: Gauge
  connectionsRefused: Counter
  redisUp: Gauge
  batches: Gauge<'state'>
  batchTransitions: Counter<'transition' | 'reason'>
  tickets: Gauge<'queue' | 'state'>
  tasks: Gauge<'queue' | 'state'>
  reconcilerAge: Gauge
  auth: AuthMetrics
  limits: LimitMetrics
  gate: GateMetrics
}

/** From a few milliseconds for a read to minutes for a long upload. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Creates metrics of their own for each app, so that two in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'sluice_http_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer, in seconds.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    tasksAccepted: new Counter({ name: 'sluice_tasks_accepted_total', help: 'Number of tasks accepted.', registers }),
    uploadBytes: new Counter({ name: 'sluice_upload_bytes_total', help: 'Number of bytes of NDJSON read.', registers }),
    eventStreams: new Gauge({ name: 'sluice_event_streams', help: 'Number of open event streams.', registers }),
    resultStreams: new Gauge({
      name: 'sluice_result_streams',
      help: 'Number of open streams of results.',
      registers,
    }),
    openBodyBytes: new Gauge({
      name: 'sluice_open_body_bytes',
      help: 'Memory that the bodies of open requests take, in bytes.',
      registers,
    }),
    connectionsRefused: new Counter({
      name: 'sluice_connections_refused_total',
      help: 'Number of connections that were closed at once because too many were open.',
      registers,
    }),
    redisUp: new Gauge({
      name: 'sluice_redis_up',
      help: '1 if Redis responded to this scrape, otherwise 0.',
      registers,
    }),
    ...engineMetrics(registers),
    auth: createAuthMetrics(registers),
    limits: createLimitMetrics(registers),
    gate: createGateMetrics(registry),
  }
}

function engineMetrics(
  registers: Registry[],
): Pick<Metrics, 'batches' | 'tickets' | 'tasks' | 'reconcilerAge' | 'batchTransitions'> {
  return {
    batchTransitions: new Counter({
      name: 'sluice_batch_transitions_total',
      help: 'Number of batches that this process interrupted (with the reason), completed, cancelled, resumed, retried or deleted.',
      labelNames: ['transition', 'reason'],
      registers,
    }),
    batches: new Gauge({
      name: 'sluice_batches',
      help: 'Number of batches by state.',
      labelNames: ['state'],
      registers,
    }),
    tickets: new Gauge({
      name: 'sluice_queue_tickets',
      help: 'Number of tickets by queue and state: run by a worker (active), ready to run (waiting), due later (delayed).',
      labelNames: ['queue', 'state'],
      registers,
    }),
    tasks: new Gauge({
      name: 'sluice_queue_tasks',
      help: 'Number of unfinished tasks of active batches by queue and state (pending, delayed, running), as the last pass of the reconciler counted them.',
      labelNames: ['queue', 'state'],
      registers,
    }),
    reconcilerAge: new Gauge({
      name: 'sluice_reconciler_age_seconds',
      help: 'Time since a worker made the last pass of the reconciler, in seconds. Absent if there was none within a day.',
      registers,
    }),
  }
}

/** Adds memory, garbage collection and event loop delay of this process, and its version. */
export function measureProcess({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry })
  const labels = { process: program.name, version, node: process.versions.node }
  new Gauge({ ...BUILD_INFO, registers: [registry] }).set(labels, 1)
}

/** Shows the counts of the engine. Earlier values do not stay, such as those of a deleted queue. */
export function showEngineCounts(metrics: Metrics, counts: EngineCounts | undefined): void {
  const { batches, tickets, limits, redisUp } = metrics
  redisUp.set(counts === undefined ? 0 : 1)
  batches.reset()
  tickets.reset()
  showLimits(limits, counts?.limits ?? [])
  for (const [state, count] of Object.entries(counts?.batches ?? {})) batches.set({ state }, count)
  for (const { name: queue, waiting, active, delayed } of counts?.queues ?? []) {
    tickets.set({ queue, state: 'waiting' }, waiting)
    tickets.set({ queue, state: 'active' }, active)
    tickets.set({ queue, state: 'delayed' }, delayed)
  }
  showTasks(metrics, counts)
}

const NO_TASKS = { pending: 0, delayed: 0, running: 0 }

/** Every queue has a value, so that alerts see that it has no tasks. */
function showTasks({ tasks, reconcilerAge }: Metrics, counts: EngineCounts | undefined): void {
  tasks.reset()
  reconcilerAge.remove()
  if (counts?.tasks === undefined) return
  const { ageMs, tally } = counts.tasks
  reconcilerAge.set(ageMs / 1000)
  for (const { name: queue } of counts.queues) {
    for (const [state, count] of Object.entries(tally[queue] ?? NO_TASKS)) tasks.set({ queue, state }, count)
  }
}
