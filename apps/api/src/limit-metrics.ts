import type { Limit } from '@sluice/engine'
import { Gauge, type Registry } from 'prom-client'

type RuleLabels = 'limit' | 'unit' | 'per_ms'

/** How limits are used, as Redis says at each scrape. */
export interface LimitMetrics {
  max: Gauge<RuleLabels>
  used: Gauge<RuleLabels>
  reserved: Gauge<RuleLabels>
  factor: Gauge<'limit'>
  pausedSeconds: Gauge<'limit'>
}

export function createLimitMetrics(registers: Registry[]): LimitMetrics {
  const labelNames: RuleLabels[] = ['limit', 'unit', 'per_ms']
  return {
    max: new Gauge({
      name: 'sluice_limit_max',
      help: 'What each rule of a limit allows in its window.',
      labelNames,
      registers,
    }),
    used: new Gauge({
      name: 'sluice_limit_used',
      help: 'What was started within the window of each rule.',
      labelNames,
      registers,
    }),
    reserved: new Gauge({
      name: 'sluice_limit_reserved',
      help: 'What was granted for a moment that has not come yet.',
      labelNames,
      registers,
    }),
    factor: new Gauge({
      name: 'sluice_limit_factor',
      help: 'The part of its maxima that a limit uses now; below 1 only where it is adaptive.',
      labelNames: ['limit'],
      registers,
    }),
    pausedSeconds: new Gauge({
      name: 'sluice_limit_paused_seconds',
      help: 'How much longer the upstream wants to be left alone.',
      labelNames: ['limit'],
      registers,
    }),
  }
}

/** Shows limits as they are; nothing of before stays, such as a deleted limit. */
export function showLimits(metrics: LimitMetrics, limits: readonly Limit[]): void {
  for (const gauge of Object.values(metrics) as Gauge[]) gauge.reset()
  for (const { name: limit, rules, factor, pausedMs } of limits) {
    metrics.factor.set({ limit }, factor)
    metrics.pausedSeconds.set({ limit }, pausedMs / 1000)
    for (const { unit, perMs, max, used, reserved } of rules) {
      const labels = { limit, unit, per_ms: String(perMs) }
      metrics.max.set(labels, max)
      metrics.used.set(labels, used)
      metrics.reserved.set(labels, reserved)
    }
  }
}
