import { openArena, openField, type Arena } from './arena.ts'
import { race, spread, tasksPerSecond, type Heat, type Row } from './contender.ts'

const TASK_MS = 50

interface Cell {
  slots: number
  tasks: number
}

/** 50 slots, as a worker has; and so many that the rate, not the slots, is what limits. */
const CELLS: Cell[] = [
  { slots: 50, tasks: 3000 },
  { slots: 500, tasks: 20_000 },
]

/** Tasks of 50 ms, of which a slice holds few: how busy the slots are, and the rate, beside BullMQ. */
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

/** What tasks themselves say they took, of the time of all slots from the go to the end of the last. */
function busyPercent({ results, elapsedMs }: Heat, slots: number): number {
  const usedMs = results.reduce<number>((sum, ms) => sum + Number(ms), 0)
  return (100 * usedMs) / (slots * elapsedMs)
}
