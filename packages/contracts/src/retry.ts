import { type Static, Type } from 'typebox'

const DAY_MS = 86_400_000

/** Attempts a task gets, the first included. */
export const MaxAttempts = Type.Integer({
  minimum: 1,
  maximum: 100,
  description: 'Attempts a task gets, the first included.',
})

/** Time one attempt of a task may take. */
export const AttemptTimeoutMs = Type.Integer({
  minimum: 1,
  maximum: DAY_MS,
  description: 'Time one attempt of a task may take, in ms. An attempt that takes longer is aborted and failed.',
})

const MinDelayMs = Type.Integer({
  minimum: 0,
  maximum: DAY_MS,
  description: 'Upper bound of the random delay before the second attempt, in ms; it doubles with each attempt.',
})

const MaxDelayMs = Type.Integer({
  minimum: 0,
  maximum: DAY_MS,
  description: 'What the doubling stops at, in ms. Not below minDelayMs.',
})

/** How often, and how far apart, a failing task is tried again. */
export const RetryView = Type.Object(
  { maxAttempts: MaxAttempts, minDelayMs: MinDelayMs, maxDelayMs: MaxDelayMs },
  { title: 'RetryPolicy', additionalProperties: false },
)
export type RetryView = Static<typeof RetryView>

/** A retry policy as it is sent: what is left out takes its default. */
export const RetryBody = Type.Object(
  {
    maxAttempts: Type.Optional(MaxAttempts),
    minDelayMs: Type.Optional(MinDelayMs),
    maxDelayMs: Type.Optional(MaxDelayMs),
  },
  { title: 'RetryPolicyUpdate', additionalProperties: false },
)
export type RetryBody = Static<typeof RetryBody>
