import { Type } from 'typebox'

/** A time in ISO 8601, in UTC, with milliseconds. */
export function instant(description: string) {
  return Type.String({ format: 'date-time', description, examples: ['2026-01-31T12:00:00.000Z'] })
}
