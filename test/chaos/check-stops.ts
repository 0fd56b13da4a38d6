import { complain } from './complain.ts'
import type { BatchRecord, SentBatch } from './sent-batch.ts'

/** Each stop has one row, and that of a criterion has the value which met it. */
export function checkStops(
  { trip, interrupts: { confirmed, sent } }: SentBatch,
  { interruptions }: BatchRecord,
  isLossless: boolean,
): string[] {
  const manual = interruptions.filter(({ reason }) => reason === 'manual').length
  const own = interruptions.filter(({ reason }) => reason !== 'manual')
  const wrong = own.filter((row) => row.reason !== trip?.reason || !trip.isRight(row))
  return [
    ...complain(wrong.length > 0, `was stopped wrongly: ${JSON.stringify(wrong)}`),
    ...complain(isLossless && own.length !== Number(trip !== undefined), `has ${own.length} rows of ${trip?.reason}`),
    // A request that got no answer may have been carried out.
    ...complain(
      isLossless && (manual < confirmed || manual > sent),
      `has ${manual} rows of ${confirmed} to ${sent} interruptions by a client`,
    ),
  ]
}
