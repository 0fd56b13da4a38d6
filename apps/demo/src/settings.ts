import type { Settings } from '@sluice/settings'
import { Type } from 'typebox'

/** All settings of the demo. */
export const demoSettings = Type.Object({
  SLUICE_URL: Type.String({ default: 'http://127.0.0.1:3000', description: 'Where the API is.' }),
  SLUICE_DEMO_UPSTREAM_URL: Type.String({
    default: 'http://127.0.0.1:19999',
    description: 'Where the mock upstream is, in multi mode, as the demo and the workers reach it.',
  }),
  SLUICE_DEMO_TASKS: Type.Integer({ default: 2000, minimum: 1, maximum: 1_000_000, description: 'Tasks to run.' }),
  SLUICE_DEMO_RESULTS: Type.String({
    default: 'results.ndjson',
    description: 'File the results are written to, one JSON line a task.',
  }),
})

export type DemoSettings = Settings<typeof demoSettings>
