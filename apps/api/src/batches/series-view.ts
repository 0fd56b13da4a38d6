import type { SeriesView } from '@sluice/contracts'
import type { Series } from '@sluice/engine'

/** A series as the API answers it. */
export function seriesView({ periodMs, samples, marks }: Series): SeriesView {
  return {
    periodMs,
    samples: samples.map(({ at, ...sample }) => ({ at: at.toISOString(), ...sample })),
    marks: marks.map(({ kind, at, reason }) => ({ kind, at: at.toISOString(), reason })),
  }
}
