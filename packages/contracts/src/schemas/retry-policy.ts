import { type Static, Type } from 'typebox'

const DAY_MS = 86_400_000
const MONTH_MS = 31 * DAY_MS

/** How many attempts a task gets. */
export const MaxAttempts = Type.Integer({
  minimum: 1,
  maximum: 100,
  description: 'Maximum number of attempts per task, including the first.',
})

/** How long one attempt of a task may take. */
export const AttemptTimeoutMs = Type.Integer({
  minimum: 1,
  maximum: DAY_MS,
  description: 'Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails.',
})

const MinDelayMs = Type.Integer({
  minimum: 0,
  maximum: DAY_MS,
  description: 'Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt.',
})

const MaxDelayMs = Type.Integer({
  minimum: 0,
  maximum: DAY_MS,
  description: 'Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`.',
})

const MaxPostponedMs = Type.Integer({
  minimum: 0,
  maximum: MONTH_MS,
  description:
    'How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal ' +
    'after that time fails the task. Default: a day.',
})

/** How many attempts a failing task gets, how far apart, and how long it may be postponed. */
export const RetryPolicyView = Type.Object(
  { maxAttempts: MaxAttempts, minDelayMs: MinDelayMs, maxDelayMs: MaxDelayMs, maxPostponedMs: MaxPostponedMs },
  {
    title: 'RetryPolicy',
    description: 'How many attempts a failing task gets, how far apart, and how long it may be postponed.',
    additionalProperties: false,
  },
)
export type RetryPolicyView = Static<typeof RetryPolicyView>

/** A retry policy as it is sent: a field that is left out takes its default. */
export const RetryPolicyBody = Type.Object(
  {
    maxAttempts: Type.Optional(MaxAttempts),
    minDelayMs: Type.Optional(MinDelayMs),
    maxDelayMs: Type.Optional(MaxDelayMs),
    maxPostponedMs: Type.Optional(MaxPostponedMs),
  },
  { title: 'RetryPolicyUpdate', additionalProperties: false },
)
export type RetryPolicyBody = Static<typeof RetryPolicyBody>
