import type { Limit, LimitRuleUse } from '@sluice/client'
import { now } from '../../data/now.ts'
import { windowText } from '../../format/durations.ts'
import { count, percent } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Until } from '../../parts/time.tsx'

/** Whether a limit starts nothing because the upstream asked for a pause. */
export function isPaused({ pausedUntil }: Limit): boolean {
  return pausedUntil !== null && Date.parse(pausedUntil) > now.value
}

/** What a limit does now. */
export function LimitBadge({ limit }: { limit: Limit }) {
  if (limit.probing) return <Badge tone="interrupted">probing</Badge>
  if (isPaused(limit)) return <Badge tone="interrupted">paused</Badge>
  const isUsed = limit.rules.some(({ used, reserved }) => used + reserved > 0)
  return isUsed ? <Badge tone="running">in use</Badge> : <Badge tone="waiting">idle</Badge>
}

/** What a limit allows of a rule now: an adaptive limit allows a part of its maximum. */
function allowedBy({ factor }: Limit, { max }: LimitRuleUse): number {
  return Math.max(1, Math.floor(max * factor))
}

/** What a limit has learned: the share of its maxima that the upstream accepts. */
export function shareText({ adaptive, factor }: Limit): string {
  return adaptive ? percent(factor * 100) : '–'
}

/** When the next task under a limit starts: after its pause, if there is one. */
export function NextStart({ limit }: { limit: Limit }) {
  const at = isPaused(limit) ? limit.pausedUntil : limit.nextStartAt
  return at === null ? <>at once</> : <Until at={at} />
}

/** What a limit has granted, rule by rule. */
export function RuleMeters({ limit }: { limit: Limit }) {
  return (
    <div class="links">
      {limit.rules.map((rule) => (
        <RuleMeter key={`${rule.unit} ${rule.perMs}`} limit={limit} rule={rule} />
      ))}
    </div>
  )
}

/** What a limit has granted of a rule, against what it allows in the window. */
function RuleMeter({ limit, rule }: { limit: Limit; rule: LimitRuleUse }) {
  const { unit, perMs, used, reserved } = rule
  const allowed = allowedBy(limit, rule)
  const granted = Math.round(used + reserved)
  return (
    <Meter
      label={`${unit} per ${windowText(perMs)}`}
      used={used}
      reserved={reserved}
      max={allowed}
      tone={granted >= allowed ? 'interrupted' : 'running'}
      text={`${count(granted)} of ${count(allowed)} ${unit} per ${windowText(perMs)}`}
    />
  )
}
