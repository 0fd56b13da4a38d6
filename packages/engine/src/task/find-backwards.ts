import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import type { TaskState } from '../model/task.ts'
import { range } from '../range.ts'
import { BYTES_AT_ONCE } from './list-tasks.ts'
import { STATE_OF_BYTE } from './read-tasks.ts'

/** Where to look for tasks. */
export interface BackwardSearch {
  /** Default: in any state. */
  state: TaskState | undefined
  /** The seqs below this one. */
  below: number
  /** Maximum number of seqs to find. */
  most: number
}

/** Seqs that were found. */
export interface FoundSeqs {
  /** In ascending order. */
  seqs: number[]
  /** Where to go on, as `below`; 0: nothing is left. */
  below: number
  /** State bytes that were read. */
  bytes: number
}

/** Finds the highest seqs in a state, of those that one read can tell. */
export async function findBackwards(
  engine: Engine,
  batchId: string,
  { state, below, most }: BackwardSearch,
): Promise<FoundSeqs> {
  if (state === undefined) return contiguousSeqs(below, most)
  const first = Math.max(0, below - BYTES_AT_ONCE)
  const bytes = await engine.redis.getrange(engine.keys.batch(batchId).states, first, below - 1)
  const seqs: number[] = []
  for (let i = bytes.length - 1; i >= 0 && seqs.length < most; i -= 1) {
    if (STATE_OF_BYTE[bytes[i] ?? ''] === state) seqs.unshift(first + i)
  }
  const isFull = seqs.length === most
  return { seqs, below: isFull ? (seqs[0] ?? 0) : first, bytes: bytes.length }
}

function contiguousSeqs(below: number, most: number): FoundSeqs {
  const startOfPage = Math.floor((below - 1) / PAGE_TASKS) * PAGE_TASKS
  const first = Math.max(startOfPage, below - most)
  return { seqs: range(below - first).map((i) => first + i), below: first, bytes: 0 }
}
