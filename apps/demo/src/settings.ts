import type { Settings } from '@sluice/settings'
import { Type } from 'typebox'

/** All settings of the demo. */
export const demoSettings = Type.Object({
  SLUICE_URL: Type.String({ default: 'http://127.0.0.1:3000', description: 'Address of the API.' }),
  SLUICE_API_KEY_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'File with the API key that the demo sends, of role operator or admin. Unset: it sends none.',
    }),
  ),
  SLUICE_DEMO_UPSTREAM_URL: Type.String({
    default: 'http://127.0.0.1:19999',
    description: 'Address at which the demo and the workers reach the mock upstream, which runs in multi mode.',
  }),
  SLUICE_DEMO_TASKS: Type.Integer({
    default: 2000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Number of tasks to run.',
  }),
  SLUICE_DEMO_RESULTS: Type.String({
    default: 'results.ndjson',
    description: 'File that the demo writes the results to, as one line of JSON per task.',
  }),
})

export type DemoSettings = Settings<typeof demoSettings>
