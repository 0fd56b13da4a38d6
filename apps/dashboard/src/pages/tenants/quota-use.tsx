import { Meter } from '../../parts/meter.tsx'

const NEARLY_FULL = 0.9

/** How much of a quota a tenant uses. */
export function QuotaUse({
  label,
  used,
  quota,
  format,
}: {
  label: string
  used: number
  /** Null: there is none. */
  quota: number | null
  format: (value: number) => string
}) {
  if (quota === null) return <span class="small">{format(used)}</span>
  return (
    <Meter
      label={label}
      used={used}
      max={quota}
      tone={used >= quota * NEARLY_FULL ? 'interrupted' : 'running'}
      text={`${format(used)} of ${format(quota)}`}
    />
  )
}
