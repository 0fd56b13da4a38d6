import type { GateOutcome, GateStats } from '@sluice/overload-gate'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Requests are held for milliseconds, or for as long as SLUICE_GATE_MAX_WAIT_MS allows. */
const WAIT_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const STATES: readonly GateStats['state'][] = ['open', 'buffering', 'shedding', 'closing', 'off']

/** What the overload gate does, as metrics. */
export interface GateMetrics {
  countOutcome: (outcome: GateOutcome) => void
  /** Shows what is so now. Call it once a scrape: two of its numbers are since the call before. */
  show: (stats: GateStats) => void
}

export function createGateMetrics(registry: Registry): GateMetrics {
  const registers = [registry]
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `sluice_gate_${name}`, help, labelNames, registers })

  const requests = new Counter({
    name: 'sluice_gate_requests_total',
    help: 'Requests by class and what the gate did with them: admitted, shed (by reason), gone.',
    labelNames: ['class', 'outcome', 'reason'],
    registers,
  })
  const waits = new Histogram({
    name: 'sluice_gate_wait_seconds',
    help: 'How long requests were held before they went on.',
    labelNames: ['class'],
    buckets: WAIT_BUCKETS,
    registers,
  })
  const state = gauge('state', '1 for the state the gate is in: open, buffering, shedding, closing, off.', 'state')
  const depth = gauge('depth', 'Requests held now, by class.', 'class')
  const predictedWait = gauge('predicted_wait_seconds', 'How long a newcomer would be held, by class.', 'class')
  const heldBytes = gauge('held_body_bytes', 'Memory that the bodies of held requests take at most.')
  const longestStall = gauge(
    'longest_stall_seconds',
    'The longest time the event loop stood still since the last scrape.',
  )
  const utilization = gauge('event_loop_utilization', 'Share of time the event loop was busy since the last scrape.')

  return {
    countOutcome(outcome) {
      const { gateClass, waitedMs } = outcome
      requests.inc({
        class: gateClass,
        outcome: outcome.kind,
        reason: outcome.kind === 'shed' ? outcome.reason : '',
      })
      if (outcome.kind === 'admitted' && waitedMs > 0) waits.observe({ class: gateClass }, waitedMs / 1000)
    },
    show(stats) {
      for (const each of STATES) state.set({ state: each }, each === stats.state ? 1 : 0)
      for (const [name, count] of Object.entries(stats.depth)) depth.set({ class: name }, count)
      for (const [name, ms] of Object.entries(stats.predictedWaitMs)) predictedWait.set({ class: name }, ms / 1000)
      heldBytes.set(stats.heldBodyBytes)
      longestStall.set(stats.longestStallMs / 1000)
      utilization.set(stats.eventLoopUtilization)
    },
  }
}
