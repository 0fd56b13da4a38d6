import type { WorkerEvent } from '@sluice/worker-kit'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

/** The metrics of a worker process. */
export interface WorkerMetrics {
  registry: Registry
  observe: (event: WorkerEvent) => void
}

/** `running` is asked at each scrape for the number of attempts that run. */
export function createMetrics(running: () => number): WorkerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const runningAttempts = new Gauge({
    name: 'sluice_attempts_running',
    help: 'Attempts running in this process.',
    registers: [],
    collect() {
      this.set(running())
    },
  })
  registry.registerMetric(runningAttempts)
  // Its count is that of the attempts: a counter beside it would take a worker another 0.4 us a task.
  const attempts = new Histogram({
    name: 'sluice_attempt_duration_seconds',
    help: 'How long attempts took, by queue, task type of the batch, and outcome; its count is the number of attempts.',
    labelNames: ['queue', 'type', 'outcome'],
    buckets: SECONDS,
    registers,
  })
  const turns = new Histogram({
    name: 'sluice_turn_duration_seconds',
    help: 'How long turns took: one call to Redis each.',
    labelNames: ['reply'],
    buckets: SECONDS,
    registers,
  })

  const limits = createLimitMetrics(registers)

  function observe(event: WorkerEvent): void {
    const seconds = event.durationMs / 1000
    if (event.kind === 'turn') return turns.observe({ reply: event.reply }, seconds)
    if (event.kind !== 'attempt') return limits(event, seconds)
    const { queue, type, outcome } = event
    attempts.observe({ queue, type, outcome }, seconds)
  }
  return { registry, observe }
}

type LimitEvent = Exclude<WorkerEvent, { kind: 'turn' | 'attempt' }>

function createLimitMetrics(registers: Registry[]): (event: LimitEvent, seconds: number) => void {
  const asks = new Histogram({
    name: 'sluice_limit_ask_duration_seconds',
    help: 'How long asking for permits took: one call to Redis for all tasks that waited by then.',
    labelNames: ['limit'],
    buckets: SECONDS,
    registers,
  })
  const waits = new Histogram({
    name: 'sluice_limit_wait_seconds',
    help: 'From the moment a task asked for its permit to its start (granted), or to what came instead: refused (it asks again later), impossible (it weighs more than the limit allows), late (its slot was missed: the permit is extended or another asked for), dropped (its batch or the worker stopped).',
    labelNames: ['limit', 'decision'],
    buckets: SECONDS,
    registers,
  })
  const pauses = new Counter({
    name: 'sluice_limit_pauses_total',
    help: 'Times this worker told a limit to pause: after a refused call (refused), or an answer that said nothing remains (exhausted).',
    labelNames: ['limit', 'cause'],
    registers,
  })
  return (event, seconds) => {
    const { kind, limit } = event
    if (kind === 'ask') asks.observe({ limit }, seconds)
    else if (kind === 'permit') waits.observe({ limit, decision: event.decision }, seconds)
    else pauses.inc({ limit, cause: event.cause })
  }
}
