import type { Engine } from '../engine.ts'
import { type ShareRequestCountsRequest, shareRequestCountsScript } from '../scripts/share-request-counts.ts'

/** The requests of all processes in the present window. */
export interface SharedRequestCounts {
  /** The number of the window. All processes have the same ones. */
  window: number
  /** How long the window lasts, in ms. */
  leftMs: number
  /** The requests in the window, of each API key that was asked for. */
  sums: ReadonlyMap<string, number>
}

/** Adds the requests that one process has counted to those of all processes, and returns the sums. */
export async function shareRequestCounts(
  { redis, keys }: Engine,
  request: ShareRequestCountsRequest,
): Promise<SharedRequestCounts> {
  const { window, leftMs, sums } = await shareRequestCountsScript.run(redis, keys.apiKeys, request)
  return { window, leftMs, sums: new Map([...request.counts.keys()].map((id, i) => [id, sums[i] ?? 0])) }
}
