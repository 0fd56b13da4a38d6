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
  const attempts = new Counter({
    name: 'sluice_attempts_total',
    help: 'Attempts ended, by queue, task type of the batch, and outcome.',
    labelNames: ['queue', 'type', 'outcome'],
    registers,
  })
  const duration = new Histogram({
    name: 'sluice_attempt_duration_seconds',
    help: 'How long attempts took.',
    labelNames: ['queue', 'type'],
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

  function observe(event: WorkerEvent): void {
    const seconds = event.durationMs / 1000
    if (event.kind === 'turn') return turns.observe({ reply: event.reply }, seconds)
    const { queue, type, outcome } = event
    attempts.inc({ queue, type, outcome })
    duration.observe({ queue, type }, seconds)
  }
  return { registry, observe }
}
