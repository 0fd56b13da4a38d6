import { randomBytes } from 'node:crypto'

const TIME_DIGITS = 9
const RANDOM_DIGITS = 11

/** A new batch id: 20 characters that sort by the time they were made at, as `0mhk3x1c2q7v0…`. */
export function newId(now = Date.now()): string {
  const random = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36)
  return now.toString(36).padStart(TIME_DIGITS, '0') + random.padStart(RANDOM_DIGITS, '0').slice(-RANDOM_DIGITS)
}
