import { measureLimitedStarts } from './limits/bench-limited.ts'
import { openArena } from './speed/arena.ts'
import { benchIntake } from './speed/bench-intake.ts'
import { measurePendingOverhead } from './speed/bench-memory.ts'
import { measureNoop } from './speed/bench-noop.ts'
import { measureSlow } from './speed/bench-slow.ts'
import type { Row } from './speed/contender.ts'

/*
 * Checks within a minute whether Sluice is still as far ahead of BullMQ as docs/performance.md says. It compares ratios
 * of runs side by side, never times. It fails only if a ratio is less than half of the documented one, because the
 * machine may cause a smaller loss.
 */

const RUNS = 3

/** A ratio: the one found now, and the known one, which was measured on a quiet machine. */
interface Known {
  what: string
  known: number
  found: number
}

const ratios = [await noop(), await busySlots(), await intake(), await memory(), await limitedStarts()]
const isLost = ({ known, found }: Known) => !(found >= known / 2)
console.table(ratios.map((each) => ({ ...each, found: each.found.toFixed(2), verdict: isLost(each) ? 'LOST' : 'ok' })))
process.exitCode = ratios.some(isLost) ? 1 : 0

async function noop(): Promise<Known> {
  await using arena = await openArena()
  const rows = await measureNoop(arena, { workers: 1, takesMs: 0, tasks: 30_000 }, RUNS)
  const ours = find(rows, 'contender', 'Sluice, all criteria')
  // Other load on the machine distorts the rates, but adds nothing to the processor time of either contender.
  const found = Math.max(read(ours, 'times BullMQ'), read(ours, 'times cheaper'))
  return { what: 'no-op tasks, times BullMQ', known: 8, found }
}

async function busySlots(): Promise<Known> {
  await using arena = await openArena()
  const rows = await measureSlow(arena, { slots: 50, tasks: 1500 }, RUNS)
  const busy = (contender: string) => read(find(rows, 'contender', contender), 'busy %')
  const found = busy('Sluice, all criteria') / busy('BullMQ')
  return { what: 'busy slots with tasks of 50 ms, times BullMQ', known: 1, found }
}

async function intake(): Promise<Known> {
  const rows = await benchIntake(RUNS, 0.1)
  const found = read(find(rows, 'way', 'HTTP, NDJSON, one API process'), 'times BullMQ')
  return { what: 'intake over HTTP, times BullMQ addBulk', known: 8, found }
}

async function memory(): Promise<Known> {
  const found = 32 / (await measurePendingOverhead(50_000))
  return { what: '32 bytes, divided by the overhead of a pending task', known: 1, found }
}

/** Fails above three calls. */
async function limitedStarts(): Promise<Known> {
  await using arena = await openArena()
  const [row] = await measureLimitedStarts(arena.engine, arena.redisUrl)
  const found = 1.5 / read(row ?? {}, 'script calls per start')
  return { what: '1.5 script calls, divided by those per start under a limit of 200 a second', known: 1, found }
}

function find(rows: readonly Row[], column: string, value: string): Row {
  const row = rows.find((each) => each[column] === value)
  if (row === undefined) throw new Error(`No row has the ${column} "${value}".`)
  return row
}

function read(row: Row, column: string): number {
  return Number(row[column])
}
