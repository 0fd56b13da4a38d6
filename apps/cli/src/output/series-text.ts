import type { Sample } from '@sluice/client'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { count, duration } from './words.ts'

/** The samples of a series as a table. */
export const sampleList: Printer<Sample> = {
  fields: [
    'at',
    'completed',
    'failed',
    'retried',
    'postponed',
    'running',
    'waiting',
    'concurrency',
    'p50Ms',
    'p95Ms',
    'criteria',
  ],
  text: (samples) => {
    if (samples.length === 0) return 'The batch has not started.'
    return renderTable(samples, [
      { title: 'FROM', value: ({ at }) => at },
      ...(['completed', 'failed', 'retried', 'postponed', 'running', 'concurrency', 'waiting'] as const).map(
        (member) => ({
          title: member.toUpperCase(),
          isNumber: true,
          value: (sample: Sample) => count(sample[member]),
        }),
      ),
      { title: 'P50', isNumber: true, value: ({ p50Ms }) => (p50Ms === null ? '–' : duration(p50Ms)) },
      { title: 'P95', isNumber: true, value: ({ p95Ms }) => (p95Ms === null ? '–' : duration(p95Ms)) },
    ])
  },
}
