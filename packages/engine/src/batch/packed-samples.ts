import { MEASURED_CRITERIA } from '../model/headroom.ts'
import type { CriterionShares, Sample } from '../model/series.ts'

/** The length of a period in a series that was never thinned out, in ms. `lua/lib/series.lua` defines the same. */
export const FIRST_PERIOD_MS = 10_000

const SAMPLE_BYTES = 34

/** Says that no attempt has ended. */
const NO_BUCKET = 255

/** Decodes what `lua/lib/series.lua` has packed. Periods begin at `startedAt`, in ms. */
export function unpackSamples(packed: Buffer, startedAt: number): Sample[] {
  const samples: Sample[] = []
  for (let at = 0; at < packed.length; at += SAMPLE_BYTES) {
    samples.push(unpack(packed.subarray(at, at + SAMPLE_BYTES), startedAt))
  }
  return samples
}

function unpack(packed: Buffer, startedAt: number): Sample {
  const number = (place: number) => packed.readUIntBE(4 + 3 * place, 3)
  return {
    at: new Date(startedAt + packed.readUInt32BE(0) * FIRST_PERIOD_MS),
    completed: number(0),
    failed: number(1),
    retried: number(2),
    postponed: number(3),
    running: number(4),
    waiting: number(5),
    p50Ms: durationOf(packed[22]),
    p95Ms: durationOf(packed[23]),
    concurrency: packed.readUIntBE(24, 3),
    criteria: sharesOf(packed.subarray(27)),
  }
}

/** Says that a criterion has no threshold. */
const NO_CRITERION = 255

/** Steps of a share. */
const STEPS = 200

function sharesOf(bytes: Buffer): CriterionShares {
  const shares = MEASURED_CRITERIA.map((criterion, i) => [criterion, bytes[i] ?? NO_CRITERION] as const)
  return Object.fromEntries(
    shares.filter(([, byte]) => byte !== NO_CRITERION).map(([name, byte]) => [name, byte / STEPS]),
  )
}

/** Bucket b of a histogram ends at 0.1 ms × 1.1^b. */
function durationOf(bucket = NO_BUCKET): number | null {
  return bucket === NO_BUCKET ? null : Math.round(1.1 ** bucket) / 10
}
