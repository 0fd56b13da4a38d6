import { type Static, Type } from 'typebox'

/** The process answers, or is ready for work. */
export const HealthView = Type.Object({ status: Type.Literal('ok') }, { title: 'Health', additionalProperties: false })
export type HealthView = Static<typeof HealthView>
