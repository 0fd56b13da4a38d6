import type { FastifyUnderPressureOptions } from '@fastify/under-pressure'

/** A guard with its settings. */
export type Variant =
  | { name: string; kind: 'none' | 'overload-gate' }
  | { name: string; kind: 'under-pressure'; options: FastifyUnderPressureOptions }
  | { name: string; kind: 'toobusy'; maxLagMs: number; intervalMs: number }

export const NO_GATE: Variant = { name: 'no gate', kind: 'none' }
export const OURS: Variant = { name: 'overload-gate', kind: 'overload-gate' }

/** under-pressure has no default threshold. This one is from its README, with the default interval. */
export const UNDER_PRESSURE_DEFAULT = underPressure({ maxEventLoopDelay: 100, sampleInterval: 1000 })
export const TOOBUSY_DEFAULT = tooBusy(70, 500)

export const UNDER_PRESSURE_GRID = [
  UNDER_PRESSURE_DEFAULT,
  underPressure({ maxEventLoopDelay: 20, sampleInterval: 50 }),
  underPressure({ maxEventLoopDelay: 50, sampleInterval: 100 }),
  underPressure({ maxEventLoopUtilization: 0.95, eventLoopUtilizationMode: 'interval', sampleInterval: 100 }),
]

export const TOOBUSY_GRID = [TOOBUSY_DEFAULT, tooBusy(40, 100), tooBusy(30, 50), tooBusy(20, 16)]

function underPressure(options: FastifyUnderPressureOptions): Variant {
  const { maxEventLoopDelay: delay, maxEventLoopUtilization: utilization, sampleInterval } = options
  const limit = delay === undefined ? `ELU ${utilization}` : `${delay} ms`
  return { name: `under-pressure ${limit} / ${sampleInterval} ms`, kind: 'under-pressure', options }
}

function tooBusy(maxLagMs: number, intervalMs: number): Variant {
  return { name: `toobusy ${maxLagMs} / ${intervalMs} ms`, kind: 'toobusy', maxLagMs, intervalMs }
}
