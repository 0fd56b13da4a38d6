import { detectLimits, type Budgets, type DetectionResult } from '../../src/index.ts'
import { seededRandom } from '@sluice/testing/benchmarks'
import { VirtualClock } from './virtual-clock.ts'
import { virtualUpstream, type VirtualUpstreamOptions } from './virtual-upstream.ts'

export interface Trial extends VirtualUpstreamOptions {
  seed?: number
  /** Default: ample ones. An undefined budget has the default of a detection. */
  budgets?: { [Budget in keyof Budgets]?: number | undefined }
}

/** Budgets that suffice for every limit in the tests. */
const AMPLE: Budgets = { requests: 5000, rejections: 300, seconds: 3600, maxConcurrency: 32 }

/** Detects the limits of an upstream in virtual time. */
export async function detect({ seed = 1, budgets, ...upstream }: Trial): Promise<DetectionResult> {
  const random = seededRandom(seed)
  // Windows by the clock have a random offset to the start of the detection.
  const clock = new VirtualClock(500_000 + 1_000_000 * random())
  const probe = virtualUpstream(clock, random, upstream)
  return await clock.run(detectLimits({ probe, clock, budgets: { ...AMPLE, ...budgets } }))
}

/** The relative error of a number: 0.1 is 10% too high. */
export function errorOf(found: number | undefined, truth: number): number {
  return found === undefined ? -1 : found / truth - 1
}

/** Returns the rate in calls per second. */
export function ratePerSecond({ max, perMs }: { max: number; perMs: number }): number {
  return (max / perMs) * 1000
}
