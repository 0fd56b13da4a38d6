import type { Tenant } from '@sluice/client'
import { bytes, count, countOf } from '../../format/numbers.ts'
import { Meter } from '../../parts/meter.tsx'

const NEARLY_FULL = 0.9

interface TenantProps {
  tenant: Tenant
}

/** How many active and interrupted batches a tenant has, of its quota. */
export function BatchesUse({ tenant: { activeBatches, maxActiveBatches } }: TenantProps) {
  const format = (number: number) => countOf(number, 'batch', 'batches')
  return <QuotaUse label="Active batches" used={activeBatches} quota={maxActiveBatches} format={format} short={count} />
}

/** How many tasks a tenant has, of its quota. */
export function TasksUse({ tenant: { tasks, maxTasks } }: TenantProps) {
  return (
    <QuotaUse label="Tasks" used={tasks} quota={maxTasks} format={(number) => countOf(number, 'task')} short={count} />
  )
}

/** How many bytes the tasks of a tenant have, of its quota. */
export function MemoryUse({ tenant }: TenantProps) {
  return <QuotaUse label="Memory" used={tenant.bytes} quota={tenant.maxBytes} format={bytes} short={bytes} />
}

function QuotaUse({
  label,
  used,
  quota,
  format,
  short,
}: {
  label: string
  used: number
  /** Null: there is none. */
  quota: number | null
  format: (value: number) => string
  /** What is used, before the quota that names the unit. */
  short: (value: number) => string
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
