import type { Limit, LimitRule, RecommendedSettings } from '@sluice/client'
import { windowText } from './durations.ts'
import { count } from './numbers.ts'

/** A rule in words: `500 requests per minute`. */
export function ruleText({ unit, max, perMs }: Pick<LimitRule, 'unit' | 'max' | 'perMs'>): string {
  return `${count(max)} ${unit} per ${windowText(perMs)}`
}

/** How many calls may start per second, by the strictest rule. An adaptive limit allows a part of it. Undefined: it counts no calls. */
export function allowedPerSecond({ rules, adaptive, factor }: Limit): number | undefined {
  const rates = rules.filter(({ unit }) => unit === 'requests').map(({ max, perMs }) => (max * 1000) / perMs)
  return rates.length === 0 ? undefined : Math.min(...rates) * (adaptive ? factor : 1)
}

/** What a detection recommends, in words. */
export function recommendedText({ limit, concurrency }: RecommendedSettings): string {
  const slots = concurrency === null ? [] : [`a concurrency of ${count(concurrency)}`]
  const all = [...(limit?.rules ?? []).map(ruleText), ...slots]
  return all.length === 0 ? 'nothing: no limit was met' : all.join(', ')
}
