import { openArena, openField, type Arena } from './arena.ts'
import { race, spread, tasksPerSecond, type Heat, type Row } from './contender.ts'

const TASK_MS = 50

interface Cell {
  slots: number
  tasks: number
}

/** 50 slots, the default of a worker, and 500, where throughput rather than slots is the limit. */
const CELLS: Cell[] = [
  { slots: 50, tasks: 3000 },
  { slots: 500, tasks: 20_000 },
]

/** Measures slot utilisation and throughput with tasks of 50 ms, of which a slice holds few, against BullMQ. */
export async function benchSlow(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  const rows: Row[] = []
  for (const cell of CELLS) rows.push(...(await measureSlow(arena, cell, runs)))
  return rows
}

export async function measureSlow(arena: Arena, { slots, tasks }: Cell, runs: number): Promise<Row[]> {
  await using field = await openField(arena, 1, slots)
  const entries = [field.sluice, field.bullmq].map((contender) => ({ contender, tasks }))
  const heats = await race(arena.redis, entries, { takesMs: TASK_MS }, runs, { withResults: true })
  return [...heats].map(([contender, each]) => {
    const busy = spread(each.map((heat) => busyPercent(heat, slots)))
    const rate = spread(each.map(tasksPerSecond))
    return {
      slots,
      contender,
      tasks,
      runs,
      'busy %': busy.median,
      'range %': busy.range,
      'tasks/s': rate.median,
      range: rate.range,
    }
  })
}

/** The sum of the durations that tasks report, as a percentage of the time of all slots until the last task ends. */
function busyPercent({ results, elapsedMs }: Heat, slots: number): number {
  const usedMs = results.reduce<number>((sum, ms) => sum + Number(ms), 0)
  return (100 * usedMs) / (slots * elapsedMs)
}
