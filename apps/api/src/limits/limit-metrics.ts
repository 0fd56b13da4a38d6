import type { Limit } from '@sluice/engine'
import { Gauge, type Registry } from 'prom-client'

type RuleLabels = 'limit' | 'unit' | 'per_ms'

/** The use of limits, read from Redis at each scrape. */
export interface LimitMetrics {
  max: Gauge<RuleLabels>
  used: Gauge<RuleLabels>
  reserved: Gauge<RuleLabels>
  factor: Gauge<'limit'>
  pausedSeconds: Gauge<'limit'>
}

/** Creates the metrics of limits. */
export function createLimitMetrics(registers: Registry[]): LimitMetrics {
  const labelNames: RuleLabels[] = ['limit', 'unit', 'per_ms']
  return {
    max: new Gauge({
      name: 'sluice_limit_max',
      help: 'Amount that each rule of a limit allows in its window.',
      labelNames,
      registers,
    }),
    used: new Gauge({
      name: 'sluice_limit_used',
      help: 'Amount started within the current window of each rule.',
      labelNames,
      registers,
    }),
    reserved: new Gauge({
      name: 'sluice_limit_reserved',
      help: 'Amount granted for start times that have not come yet.',
      labelNames,
      registers,
    }),
    factor: new Gauge({
      name: 'sluice_limit_factor',
      help: 'Share of its maxima that a limit allows now. Below 1 only if it is adaptive.',
      labelNames: ['limit'],
      registers,
    }),
    pausedSeconds: new Gauge({
      name: 'sluice_limit_paused_seconds',
      help: 'Time until the pause that the upstream asked for ends, in seconds.',
      labelNames: ['limit'],
      registers,
    }),
  }
}

/** Shows the current limits. Earlier values do not stay, such as those of a deleted limit. */
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
