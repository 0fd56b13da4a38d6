import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'

/** The name of a limit. */
export const LimitName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'The name of a limit: lower-case letters, digits, dots, underscores and hyphens, at most 63.',
  examples: ['openai'],
})

/** A limit in a path. */
export const LimitParams = Type.Object({ name: LimitName })

const ONE_TENTH_SECOND_MS = 100
const THIRTY_ONE_DAYS_MS = 31 * 24 * 3600 * 1000

const ruleProperties = {
  unit: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9._-]{0,62}$',
    description: 'What is counted: `requests`, one a call, or a unit of the `weights` that tasks carry.',
    examples: ['requests', 'tokens'],
  }),
  max: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000_000,
    description: 'So much of it may start in any window of perMs, on all workers together.',
    examples: [500],
  }),
  perMs: Type.Integer({
    minimum: ONE_TENTH_SECOND_MS,
    maximum: THIRTY_ONE_DAYS_MS,
    description: 'Length of the window, in ms: a tenth of a second to 31 days.',
    examples: [60_000],
  }),
}

const LimitRule = Type.Object(ruleProperties, { title: 'LimitRule', additionalProperties: false })

const BurstFactor = Type.Number({
  minimum: 1,
  maximum: 1000,
  default: 2,
  description:
    'How much faster than evenly spaced calls may start: 1 for upstreams that refuse bursts, 2 by default, 1000 for none.',
})

const Adaptive = Type.Boolean({
  default: false,
  description:
    'Whether the limit finds out itself how much of its maxima the upstream takes: it starts small and grows.',
})

/** The settings of a limit as they are sent: what is left out takes its default. */
export const LimitBody = Type.Object(
  {
    rules: Type.Array(LimitRule, {
      minItems: 1,
      maxItems: 8,
      description: 'All of them hold at once. Each has another unit or another time.',
    }),
    burstFactor: Type.Optional(BurstFactor),
    adaptive: Type.Optional(Adaptive),
  },
  {
    title: 'LimitUpdate',
    additionalProperties: false,
    examples: [
      {
        rules: [
          { unit: 'requests', max: 500, perMs: 60_000 },
          { unit: 'tokens', max: 200_000, perMs: 60_000 },
        ],
      },
    ],
  },
)
export type LimitBody = Static<typeof LimitBody>

const LimitRuleView = Type.Object(
  {
    ...ruleProperties,
    used: Type.Number({ minimum: 0, description: 'Granted for now or earlier, and still within the window.' }),
    reserved: Type.Number({ minimum: 0, description: 'Granted for a moment that has not come yet.' }),
  },
  { title: 'LimitRuleUse', additionalProperties: false },
)

/** A limit as it is at one moment. */
export const LimitView = Type.Object(
  {
    name: LimitName,
    rules: Type.Array(LimitRuleView),
    burstFactor: BurstFactor,
    adaptive: Adaptive,
    factor: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The part of its maxima that is used now; below 1 only where it is adaptive.',
    }),
    nextStartAt: nullable(instant('When a call that asked now could start; null: at once.')),
    pausedUntil: nullable(instant('The upstream wants to be left alone until then; null: it does not.')),
    probing: Type.Boolean({
      description: 'The upstream refused calls without saying for how long: one call at a time finds out.',
    }),
    pauses: Type.Integer({ minimum: 0, description: 'Pauses after refused calls since it was last idle for an hour.' }),
  },
  { title: 'Limit', additionalProperties: false },
)
export type LimitView = Static<typeof LimitView>

/** All limits. */
export const LimitList = Type.Object(
  { limits: Type.Array(LimitView) },
  { title: 'LimitList', additionalProperties: false },
)
export type LimitList = Static<typeof LimitList>

/** What a batch waits for, when that is the limit its queue is under. */
export const LimitWaitView = Type.Object(
  {
    limit: LimitName,
    nextStartAt: nullable(instant('When the next of its tasks could start; null: nobody knows.')),
    message: Type.String({ examples: ['Limit openai: next start in 2.3 s.'] }),
  },
  { title: 'LimitWait', additionalProperties: false },
)
export type LimitWaitView = Static<typeof LimitWaitView>
