import { FAILURE_CLASSES } from '../../format/failure-classes.ts'
import { CRITERIA, type Criterion } from '../../format/criteria.ts'
import type { FieldInput } from './field-input.ts'
import type { Setting } from './setting.ts'

/** How attempts of tasks are made: of a batch, and what a queue gives to its batches. */
export const ATTEMPT_SETTINGS: readonly Setting[] = [
  {
    path: 'retry.maxAttempts',
    label: 'Attempts of a task',
    hint: 'Including the first.',
    input: { kind: 'number', min: 1, max: 100 },
  },
  { path: 'attemptTimeoutMs', label: 'Time limit of an attempt', input: { kind: 'duration' } },
  {
    path: 'retry.minDelayMs',
    label: 'First delay',
    hint: 'Before the second attempt. It is random up to this, and doubles.',
    input: { kind: 'duration' },
  },
  {
    path: 'retry.maxDelayMs',
    label: 'Longest delay',
    hint: 'At least the first delay.',
    input: { kind: 'duration' },
  },
  {
    path: 'retry.maxPostponedMs',
    label: 'Longest postponement',
    hint: 'How long the upstream may refuse calls of a task (429) before it fails.',
    input: { kind: 'duration' },
  },
]

const MANY = { kind: 'number', min: 1, max: 1_000_000_000 } as const

const INPUTS: Readonly<Record<Criterion['unit'], FieldInput>> = {
  count: MANY,
  share: { kind: 'share' },
  ms: { kind: 'duration' },
}

/** The threshold of a criterion. */
export function criterionSetting({ name, title, unit }: Criterion): Setting {
  return {
    path: `interruptionCriteria.${name}`,
    label: unit === 'share' ? `${title}, in %` : title,
    input: INPUTS[unit],
    emptyText: 'never',
  }
}

/** When a batch stops itself: of a batch, and what a queue gives to its batches. */
export const CRITERIA_SETTINGS: readonly Setting[] = [
  ...CRITERIA.map(criterionSetting),
  {
    path: 'interruptionCriteria.minSample',
    label: 'Sample of the error rate',
    hint: 'Finished tasks before it is judged.',
    input: MANY,
    emptyText: '20',
  },
  {
    path: 'interruptionCriteria.stopOn',
    label: 'Stop at the first failure of class',
    input: { kind: 'choices', options: FAILURE_CLASSES },
    emptyText: 'none',
  },
]
