import type { Engine } from '../../src/engine.ts'

/** A snapshot of a batch's keys in Redis. */
export interface RawBatch {
  meta: Record<string, string>
  /** One letter per task: p, d, r, c, f or x. */
  states: string
  attempts: readonly number[]
  appendedBytes: number
  /** The score of each member. */
  due: ReadonlyMap<number, number>
  leases: readonly RawLease[]
  /** The number of envelopes in each page, and in the page after the last. */
  pageLengths: readonly number[]
}

export interface RawLease {
  ticket: number
  run: string
  turn: number
  seqs: readonly number[]
  /** Whether one of the tasks has started. */
  hasStarted: boolean
}

/** Reads all keys in one atomic step, so that the snapshot is consistent while other clients write. */
const SNAPSHOT = `
  local base = string.sub(KEYS[1], 1, -5)
  local total = tonumber(redis.call('HGET', KEYS[1], 'total') or 0)
  local page_lengths = {}
  for page = 0, math.ceil(total / 128) do
    page_lengths[page + 1] = redis.call('LLEN', base .. 'page:' .. page)
  end
  return {
    redis.call('HGETALL', KEYS[1]),
    redis.call('GET', base .. 'states') or '',
    redis.call('GET', base .. 'attempts') or '',
    redis.call('STRLEN', base .. 'appended'),
    redis.call('ZRANGE', base .. 'due', 0, -1, 'WITHSCORES'),
    redis.call('HGETALL', base .. 'leases'),
    page_lengths,
  }
`

/** Reads a batch. Returns undefined if it does not exist or is being deleted. */
export async function readRawBatch({ redis, keys }: Engine, id: string): Promise<RawBatch | undefined> {
  const reply = await redis.callBuffer('EVAL', SNAPSHOT, 1, keys.batch(id).meta)
  const [meta, states, attempts, appendedBytes, due, leases, pageLengths] = reply as [
    Buffer[],
    Buffer,
    Buffer,
    number,
    Buffer[],
    Buffer[],
    number[],
  ]
  const fields = Object.fromEntries(pairs(meta))
  if (fields['state'] === undefined || fields['deleting'] !== undefined) return undefined
  return {
    meta: fields,
    states: states.toString(),
    attempts: [...attempts],
    appendedBytes,
    due: new Map(pairs(due).map(([seq, score]) => [Number(seq), Number(score)])),
    leases: parseLeases(new Map(pairs(leases))),
    pageLengths,
  }
}

function pairs(values: readonly Buffer[]): [string, string][] {
  const found: [string, string][] = []
  for (let i = 0; i < values.length; i += 2) found.push([String(values[i]), String(values[i + 1])])
  return found
}

function parseLeases(fields: ReadonlyMap<string, string>): RawLease[] {
  return Array.from(fields, ([ticket, text]) => parseLease(Number(ticket), text))
}

function parseLease(ticket: number, text: string): RawLease {
  const [held = '', mark] = text.trim().split(/ (?=[a-z])/)
  const [run = '', turn, , ...tasks] = held.split(' ')
  const seqs = tasks.flatMap(parseRange)
  return { ticket, run, turn: Number(turn), seqs, hasStarted: seqs.length > 0 && mark !== 'reserved' }
}

/** Parses `7` or `128-255`. */
function parseRange(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
