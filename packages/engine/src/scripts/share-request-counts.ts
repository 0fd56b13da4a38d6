import { defineScript } from './define-script.ts'

/** What one process has counted. */
export interface ShareRequestCountsRequest {
  windowMs: number
  /** The number of the window. 0: not known. */
  window: number
  /** The requests since the last call, by the id of the API key. */
  counts: ReadonlyMap<string, number>
}

/** Adds the requests of one process to those of all. It also works while Redis is full: what it stores is small and goes. */
export const shareRequestCountsScript = defineScript('share-request-counts', {
  keys: ['requests'],
  args: ['window_ms', 'window'],
  rest: 'counts',
  mayWriteWhenFull: true,
  encode: ({ windowMs, window, counts }: ShareRequestCountsRequest) => ({
    args: { window_ms: windowMs, window },
    rest: [...counts].flat(),
  }),
  replies: {
    shared: ([window, leftMs, ...sums]) => ({
      window: Number(window),
      leftMs: Number(leftMs),
      sums: sums.map(Number),
    }),
  },
})
