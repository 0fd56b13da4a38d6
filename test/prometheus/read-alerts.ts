import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** An alert of deploy/prometheus/alerts.yml. */
export interface Alert {
  alert: string
  expr: string
  for?: string
}

const { groups } = parse(readFileSync(new URL('../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8')) as {
  groups: { rules: Alert[] }[]
}

/** All alerts. */
export const alerts = groups.flatMap(({ rules }) => rules)

/** Prometheus itself and redis_exporter have these. */
export const FOREIGN_METRICS = ['up', 'redis_memory_used_bytes', 'redis_memory_max_bytes']

/** The metrics that an alert reads. */
export function metricsIn({ expr }: Alert): string[] {
  return [...new Set([...expr.matchAll(/\b(?:sluice|redis)_\w+|\bup\b/g)].map(([name]) => name))]
}

/** The labels that an alert reads. */
export function labelsIn({ expr }: Alert): string[] {
  const matched = [...expr.matchAll(/\{(\w+)=/g)].map(([, name = '']) => name)
  const grouped = [...expr.matchAll(/\b(?:by|on) \((\w+)\)/g)].map(([, name = '']) => name)
  return [...new Set([...matched, ...grouped])]
}
