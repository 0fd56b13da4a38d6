import type { Engine } from '../../src/engine.ts'

/** A batch's keys as they are in Redis at one moment. */
export interface RawBatch {
  meta: Record<string, string>
  /** A letter a task: p, d, r, c, f, x. */
  states: string
  attempts: readonly number[]
  appendedBytes: number
  /** Members and scores. */
  due: ReadonlyMap<number, number>
  leases: readonly RawLease[]
  /** Envelopes in each page, and in the one after the last. */
  pageLengths: readonly number[]
}

export interface RawLease {
  ticket: number
  run: string
  turn: number
  seqs: readonly number[]
}

/** Reads everything in one step, so that it is one moment even while others race. */
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

/** Undefined when there is no such batch, or when it is being removed. */
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
    leases: pairs(leases).map(([ticket, text]) => parseLease(Number(ticket), text)),
    pageLengths,
  }
}

function pairs(values: readonly Buffer[]): [string, string][] {
  const found: [string, string][] = []
  for (let i = 0; i < values.length; i += 2) found.push([String(values[i]), String(values[i + 1])])
  return found
}

function parseLease(ticket: number, text: string): RawLease {
  const [run = '', turn, , ...tasks] = text.trim().split(' ')
  return { ticket, run, turn: Number(turn), seqs: tasks.flatMap(parseNeighbours) }
}

/** `7`, or `128-255`. */
function parseNeighbours(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
