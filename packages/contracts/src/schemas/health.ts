import { type Static, Type } from 'typebox'

/** The answer of a health check that passed. */
export const HealthView = Type.Object(
  { status: Type.Literal('ok', { description: 'Always `ok`.' }) },
  { title: 'Health', additionalProperties: false },
)
export type HealthView = Static<typeof HealthView>
