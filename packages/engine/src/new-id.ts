import { randomBytes } from 'node:crypto'

const TIME_DIGITS = 9
const RANDOM_DIGITS = 11

/** Creates an id of 20 characters, such as `0mhk3x1c2q7v0…`. Ids sort by the time at which they were created. */
export function newId(now = Date.now()): string {
  const random = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36)
  return now.toString(36).padStart(TIME_DIGITS, '0') + random.padStart(RANDOM_DIGITS, '0').slice(-RANDOM_DIGITS)
}
