import { type Static, type TSchema, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { NextCursor } from './paging.ts'

/** The name of a limit. */
export const LimitName = Type.String({
  pattern: patterns.name,
  description: 'The name of a limit: up to 63 lower-case letters, digits, dots, underscores and hyphens.',
  examples: ['openai'],
})

/** A limit in a path. */
export const LimitParams = Type.Object({ name: LimitName })
export type LimitParams = Static<typeof LimitParams>

const ONE_TENTH_SECOND_MS = 100
const THIRTY_ONE_DAYS_MS = 31 * 24 * 3600 * 1000

const ruleProperties = {
  unit: Type.String({
    pattern: patterns.unit,
    description: 'What the rule counts: `requests` counts each call once; any other unit counts the weights of tasks.',
    examples: ['requests', 'tokens'],
  }),
  max: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000_000,
    description: 'The most that may start in any window of `perMs`, on all workers.',
    examples: [500],
  }),
  perMs: Type.Integer({
    minimum: ONE_TENTH_SECOND_MS,
    maximum: THIRTY_ONE_DAYS_MS,
    description: 'Length of the window, in ms: from a tenth of a second to 31 days.',
    examples: [60_000],
  }),
}

const BurstFactor = Type.Number({
  minimum: 1,
  maximum: 1000,
  default: 2,
  description:
    'How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off.',
})

const Adaptive = Type.Boolean({
  default: false,
  description: 'Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows.',
})

const MaxPauseMs = Type.Integer({
  minimum: 1000,
  maximum: 900_000,
  default: 900_000,
  description:
    'Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long.',
})

/** What the API returns with the settings. It is accepted, so that what was read can be sent back. */
const ignored = <const Schema extends TSchema>(schema: Schema) =>
  Type.Optional({ ...schema, readOnly: true, description: 'Read-only. Ignored.' })

const readOnlyMembers = {
  name: Type.Optional({ ...LimitName, readOnly: true, description: 'Read-only. Must be the name in the path.' }),
  factor: ignored(Type.Number()),
  nextStartAt: ignored(nullable(Type.String())),
  pausedUntil: ignored(nullable(Type.String())),
  probing: ignored(Type.Boolean()),
  pauses: ignored(Type.Integer()),
}

const SentRules = Type.Array(
  Type.Object(
    { ...ruleProperties, used: ignored(Type.Number()), reserved: ignored(Type.Number()) },
    { title: 'LimitRule', additionalProperties: false },
  ),
  {
    minItems: 1,
    maxItems: 8,
    description: 'The rules, which all apply at once. Each must have a different unit or window.',
  },
)

/** The settings of a limit as they are sent: a field that is left out takes its default. */
export const PutLimitBody = Type.Object(
  {
    rules: SentRules,
    burstFactor: Type.Optional(BurstFactor),
    adaptive: Type.Optional(Adaptive),
    maxPauseMs: Type.Optional(MaxPauseMs),
    ...readOnlyMembers,
  },
  {
    title: 'PutLimit',
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
export type PutLimitBody = Static<typeof PutLimitBody>

/** A change of the settings of a limit. A setting that is left out stays as it is. */
export const ChangeLimitBody = Type.Object(
  {
    rules: Type.Optional({ ...SentRules, description: 'Rules that replace all rules of the limit.' }),
    burstFactor: Type.Optional(nullable(BurstFactor)),
    adaptive: Type.Optional(nullable(Adaptive)),
    maxPauseMs: Type.Optional(nullable(MaxPauseMs)),
    ...readOnlyMembers,
  },
  { title: 'ChangeLimit', additionalProperties: false, minProperties: 1, examples: [{ adaptive: true }] },
)
export type ChangeLimitBody = Static<typeof ChangeLimitBody>

const LimitRuleView = Type.Object(
  {
    ...ruleProperties,
    used: Type.Number({ minimum: 0, description: 'Amount started within the current window.' }),
    reserved: Type.Number({ minimum: 0, description: 'Amount granted for start times that have not come yet.' }),
  },
  { title: 'LimitRuleUse', additionalProperties: false },
)

/** A limit at one moment. */
export const LimitView = Type.Object(
  {
    name: LimitName,
    rules: Type.Array(LimitRuleView, { description: 'The rules, with their current use.' }),
    burstFactor: BurstFactor,
    adaptive: Adaptive,
    maxPauseMs: MaxPauseMs,
    factor: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The share of its maxima that the limit allows now. Below 1 only if it is adaptive.',
    }),
    nextStartAt: nullable(instant('When a task that asked now could start. Null: at once.')),
    pausedUntil: nullable(instant('The time before which no task starts, because the upstream asked for a pause.')),
    probing: Type.Boolean({
      description: 'Whether one call at a time probes the upstream, because it refused calls without a retry time.',
    }),
    pauses: Type.Integer({
      minimum: 0,
      description: 'Number of pauses after refused calls since the limit was last idle for an hour.',
    }),
  },
  { title: 'Limit', additionalProperties: false },
)
export type LimitView = Static<typeof LimitView>

/** A page of limits. */
export const LimitList = Type.Object(
  { limits: Type.Array(LimitView, { description: 'The limits, in alphabetical order.' }), nextCursor: NextCursor },
  { title: 'LimitList', additionalProperties: false },
)
export type LimitList = Static<typeof LimitList>

/** What the tasks of a batch wait for while the limit of its queue has no room. */
export const LimitWaitView = Type.Object(
  {
    limit: LimitName,
    nextStartAt: nullable(instant('When the next task can start. Null if that is unknown.')),
    message: Type.String({
      description: 'A sentence that explains the wait.',
      examples: ['Limit openai: next start in 2.3 s.'],
    }),
  },
  { title: 'LimitWait', additionalProperties: false },
)
export type LimitWaitView = Static<typeof LimitWaitView>
