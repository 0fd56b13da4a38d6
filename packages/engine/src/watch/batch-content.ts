import type { Batch } from '../model/batch.ts'

/** A batch as text, without the rate, the estimate and the headroom, which change with time alone. */
export function batchContent({ ratePerSecond: _rate, etaMs: _eta, headroom: _headroom, ...rest }: Batch): string {
  return JSON.stringify(rest)
}
