import { scriptCalls, transitionLabels } from '@sluice/engine'
import { BUILD_INFO } from '@sluice/settings'
import type { WorkerEvent } from '@sluice/worker-kit'
import { program, version } from './settings.ts'
import { AttemptHistogram } from './attempt-histogram.ts'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

/** The metrics of a worker process. */
export interface WorkerMetrics {
  registry: Registry
  observe: (event: WorkerEvent) => void
}

/** Creates the metrics. Each scrape calls `running` for the number of attempts that run. */
export function createMetrics(running: () => number): WorkerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const labels = { process: program.name, version, node: process.versions.node }
  new Gauge({ ...BUILD_INFO, registers: [registry] }).set(labels, 1)
  const registers = [registry]
  const runningAttempts = new Gauge({
    name: 'sluice_attempts_running',
    help: 'Number of attempts that run in this process.',
    registers: [],
    collect() {
      this.set(running())
    },
  })
  registry.registerMetric(runningAttempts)
  registry.registerMetric(
    new Counter({
      name: 'sluice_script_calls_total',
      help: 'Number of calls of the scripts of Sluice, by script. BullMQ has scripts of its own.',
      labelNames: ['script'],
      registers: [],
      collect() {
        this.reset()
        for (const [script, calls] of scriptCalls()) this.inc({ script }, calls)
      },
    }),
  )
  const attempts = new AttemptHistogram({
    name: 'sluice_attempt_duration_seconds',
    help: 'Duration of attempts, by queue, task type of the batch and outcome. The count is the number of attempts.',
    buckets: SECONDS,
    registers,
  })
  const turns = new Histogram({
    name: 'sluice_turn_duration_seconds',
    help: 'Duration of turns, by reply. Turns of tickets of one batch share a call to Redis.',
    labelNames: ['reply'],
    buckets: SECONDS,
    registers,
  })

  const paces = new Counter({
    name: 'sluice_pace_changes_total',
    help: 'Number of times that an upstream refused the calls of a batch and paused it (paused), did so while the batch probed or had a pace (paused_again), or accepted calls again (reopened). Recorded by the worker that found it.',
    labelNames: ['change'],
    registers,
  })
  const failures = new Counter({
    name: 'sluice_attempt_failures_total',
    help: 'Number of attempts that failed, were retried or were postponed, by failure class. Without worker_lost, which the worker that takes the task over cannot see.',
    labelNames: ['failure_class'],
    registers,
  })
  const transitions = new Counter({
    name: 'sluice_batch_transitions_total',
    help: 'Number of batches that this process interrupted (with the reason), completed, cancelled, resumed, retried or deleted.',
    labelNames: ['transition', 'reason'],
    registers,
  })
  const limits = createLimitMetrics(registers)

  function observeAttempt(event: AttemptEvent): void {
    attempts.add(event)
    if (event.failureClass !== undefined) failures.inc({ failure_class: event.failureClass })
  }

  function observe(event: WorkerEvent): void {
    if (event.kind === 'attempt') return observeAttempt(event)
    if (event.kind === 'transition') return transitions.inc(transitionLabels(event.transition))
    if (event.kind === 'pace') return paces.inc({ change: event.change })
    const seconds = event.durationMs / 1000
    if (event.kind === 'turn') return turns.observe({ reply: event.reply }, seconds)
    limits(event, seconds)
  }
  return { registry, observe }
}

type AttemptEvent = Extract<WorkerEvent, { kind: 'attempt' }>
type LimitEvent = Exclude<WorkerEvent, { kind: 'turn' | 'attempt' | 'pace' | 'transition' }>

function createLimitMetrics(registers: Registry[]): (event: LimitEvent, seconds: number) => void {
  const asks = new Histogram({
    name: 'sluice_limit_ask_duration_seconds',
    help: 'Duration of calls to Redis that ask for permits. One call asks for all tasks that wait.',
    labelNames: ['limit'],
    buckets: SECONDS,
    registers,
  })
  const waits = new Histogram({
    name: 'sluice_limit_wait_seconds',
    help: 'Time from asking for a permit to the decision: granted (the task starts), refused (it asks again later), impossible (it weighs more than the limit ever allows), late (its start time passed unused; the permit is extended or replaced) or dropped (its batch or the worker stopped).',
    labelNames: ['limit', 'decision'],
    buckets: SECONDS,
    registers,
  })
  const pauses = new Counter({
    name: 'sluice_limit_pauses_total',
    help: 'Number of pauses of a limit that this worker started, after a refused call (refused) or after a response that declared a limit exhausted (exhausted).',
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
