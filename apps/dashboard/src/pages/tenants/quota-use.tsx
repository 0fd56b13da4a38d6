import { countOf } from '../../format/numbers.ts'
import { Meter } from '../../parts/meter.tsx'

const NEARLY_FULL = 0.9

/** A number of batches: `3 batches`. */
export const batchesText = (number: number) => countOf(number, 'batch', 'batches')

/** A number of tasks: `1,200 tasks`. */
export const tasksText = (number: number) => countOf(number, 'task')

/** How much of a quota a tenant uses. */
export function QuotaUse({
  label,
  used,
  quota,
  format,
  short = format,
}: {
  label: string
  used: number
  /** Null: there is none. */
  quota: number | null
  format: (value: number) => string
  /** What is used, before the quota that names the unit. Default: the same. */
  short?: (value: number) => string
}) {
  if (quota === null) return <span class="small">{format(used)}</span>
  return (
    <Meter
      label={label}
      used={used}
      max={quota}
      tone={used >= quota * NEARLY_FULL ? 'interrupted' : 'running'}
      text={`${short(used)} of ${format(quota)}`}
    />
  )
}
