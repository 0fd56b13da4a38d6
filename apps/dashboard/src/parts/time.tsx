import { now } from '../data/now.ts'
import { duration, roughly } from '../format/durations.ts'
import { dateTime } from '../format/times.ts'

/** How long ago something was. Its tooltip has the time itself. */
export function Ago({ at }: { at: string | null }) {
  if (at === null) return <span class="faint">–</span>
  return (
    <time dateTime={at} title={dateTime(at)}>
      {agoText(now.value - Date.parse(at))}
    </time>
  )
}

function agoText(ms: number): string {
  const text = roughly(Math.max(0, ms))
  return text === 'now' ? text : `${text} ago`
}

/** How long it takes until a time: a countdown, which ends in `now`. */
export function Until({ at }: { at: string }) {
  const ms = Date.parse(at) - now.value
  return (
    <time dateTime={at} title={dateTime(at)}>
      {ms <= 0 ? 'now' : `in ${duration(Math.ceil(ms / 1000) * 1000)}`}
    </time>
  )
}
