import { openArena, openField, type Arena } from './arena.ts'
import { microsPerTask, race, ratios, spread, tasksPerSecond, type Heat, type Row } from './contender.ts'

const SLOTS = 50

/** Enough tasks for about a second. BullMQ gets a tenth of them. */
const TASKS = 100_000

interface Cell {
  workers: number
  takesMs: number
  tasks: number
}

/** Tasks that do nothing, and tasks that wait 1 ms, which keep slices short. */
const CELLS: Cell[] = [
  { workers: 1, takesMs: 0, tasks: TASKS },
  { workers: 2, takesMs: 0, tasks: TASKS },
  { workers: 4, takesMs: 0, tasks: TASKS },
  { workers: 1, takesMs: 1, tasks: TASKS / 2 },
]

/** Measures the throughput of one, two and four worker processes, against BullMQ with one job per task. */
export async function benchNoop(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  const rows: Row[] = []
  for (const cell of CELLS) rows.push(...(await measureNoop(arena, cell, runs)))
  return rows
}

export async function measureNoop(arena: Arena, { workers, takesMs, tasks }: Cell, runs: number): Promise<Row[]> {
  await using field = await openField(arena, workers, SLOTS)
  const fewer = Math.ceil(tasks / 10)
  const { sluice, withoutCriteria, bullmq, wired } = field
  const entries = [
    { contender: sluice, tasks },
    { contender: withoutCriteria, tasks },
    { contender: bullmq, tasks: fewer },
    { contender: wired, tasks: fewer },
  ]
  const heats = await race(arena.redis, entries, { takesMs }, runs)
  return entries.map(({ contender: { name }, tasks: count }) => ({
    workers,
    'task, ms': takesMs,
    contender: name,
    tasks: count,
    ...describe(heats.get(name) ?? [], heats.get(bullmq.name) ?? []),
  }))
}

function describe(heats: readonly Heat[], peer: readonly Heat[]): Row {
  const rates = heats.map(tasksPerSecond)
  const micros = heats.map(microsPerTask)
  const times = spread(ratios(rates, peer.map(tasksPerSecond)))
  const cheaper = spread(ratios(peer.map(microsPerTask), micros))
  return {
    'tasks/s': spread(rates).median,
    range: spread(rates).range,
    'times BullMQ': times.median,
    'range of times': times.range,
    'CPU, us/task': spread(micros).median,
    'of which Redis': spread(heats.map(({ redisMs, tasks }) => (redisMs * 1000) / tasks)).median,
    'times cheaper': cheaper.median,
    'range of cheaper': cheaper.range,
  }
}
