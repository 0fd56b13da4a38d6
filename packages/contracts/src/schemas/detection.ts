import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { DetectionBudgets } from './create-detection.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { OwnTenant } from './tenant.ts'

/** A detection in a path. */
export const DetectionParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, pattern: patterns.id, description: 'The id of a detection.' }),
})
export type DetectionParams = Static<typeof DetectionParams>

/** Where a detection is in its life. */
export const DetectionState = Type.Enum(['pending', 'running', 'completed', 'failed', 'cancelled'], {
  title: 'DetectionState',
  description: 'The state of the detection: `pending` until a worker starts it. The last three are final.',
})
export type DetectionState = Static<typeof DetectionState>

const cost = {
  requests: Type.Integer({ minimum: 0, description: 'Number of calls made.' }),
  rejections: Type.Integer({ minimum: 0, description: 'Number of rejected calls.' }),
  durationMs: Type.Number({ minimum: 0, description: 'Duration of the detection, in ms.' }),
}

const FoundRate = Type.Object(
  {
    max: Type.Number({ description: 'Maximum number of calls in a window.' }),
    perMs: Type.Number({ description: 'Length of the window, in ms.' }),
    source: Type.Enum(['headers', 'probing'], {
      description: 'Whether the rate comes from response headers or was measured.',
    }),
    family: nullable(
      Type.Enum(['fixed_from_first', 'sliding_log', 'fixed_by_clock', 'sliding_counter', 'token_bucket'], {
        description: 'The algorithm that explains the measured responses best.',
      }),
    ),
    burst: nullable(
      Type.Number({ description: 'Approximate number of calls that a token bucket accepts at once after a pause.' }),
    ),
  },
  { title: 'FoundRate', additionalProperties: false },
)

const FoundConcurrency = Type.Object(
  {
    limit: nullable(
      Type.Integer({ minimum: 1, description: 'Maximum number of concurrent calls. Null: no limit was found.' }),
    ),
    atLeast: Type.Integer({ minimum: 1, description: 'Highest concurrency that succeeded.' }),
  },
  { title: 'FoundConcurrency' },
)

const RecommendedLimit = Type.Object(
  {
    rules: Type.Array(
      Type.Object({
        unit: Type.String({ description: 'Always `requests`.', examples: ['requests'] }),
        max: Type.Integer({ minimum: 1, description: 'Maximum number of calls in a window.' }),
        perMs: Type.Integer({ minimum: 1, description: 'Length of the window, in ms.' }),
      }),
      { minItems: 1, maxItems: 8, description: 'The rules of the limit.' },
    ),
    burstFactor: Type.Number({ minimum: 1, description: 'How much faster than evenly spaced calls may start.' }),
  },
  {
    title: 'RecommendedLimit',
    description:
      'A body for `PUT /v1/limits/:name`, at 90% of the rate that was found, or less if its confidence is low. Null: no rate was found.',
  },
)

const RecommendedSettings = Type.Object(
  {
    limit: nullable(RecommendedLimit),
    concurrency: nullable(
      Type.Integer({
        minimum: 1,
        description: 'A concurrency for the queue: 80% of the limit that was found. Null: none was found.',
      }),
    ),
  },
  { title: 'RecommendedSettings', description: 'Settings that stay slightly below what was found.' },
)

/** What a detection found. */
export const DetectionResultView = Type.Object(
  {
    concurrency: { ...FoundConcurrency, description: 'How many concurrent calls the upstream accepts.' },
    rate: Type.Object(
      {
        limit: nullable({ ...FoundRate, description: 'The rate limit. Null: none was found.' }),
        atLeastPerSecond: Type.Number({
          minimum: 0,
          description: 'Highest rate that succeeded, in calls per second, if no limit was found.',
        }),
      },
      { title: 'FoundRateLimit', description: 'How many calls the upstream accepts in a time.' },
    ),
    recommended: RecommendedSettings,
    confidence: Type.Enum(['high', 'medium', 'low'], {
      title: 'Confidence',
      description: 'How well the measurements support the result.',
    }),
    notes: Type.Array(Type.String(), { description: 'What to consider before using the result.' }),
    cost: Type.Object(cost, { title: 'DetectionCost', description: 'What the detection spent.' }),
  },
  { title: 'DetectionResult', additionalProperties: false },
)
export type DetectionResultView = Static<typeof DetectionResultView>

const DetectionProgress = Type.Object(
  {
    stage: Type.Enum(['checking', 'concurrency', 'rate', 'verifying'], {
      title: 'DetectionStage',
      description: 'The current stage.',
    }),
    ...cost,
  },
  { title: 'DetectionProgress', description: 'The progress of the detection, up to two seconds old.' },
)

const DetectionErrorView = Type.Object(
  {
    reason: Type.String({
      description: '`no_success`, `unreliable`, `refused`, `worker_lost`, `worker_stopped` or `internal`.',
      examples: ['no_success'],
    }),
    message: Type.String({ description: 'A sentence that explains the reason.' }),
  },
  { title: 'DetectionError', description: 'Why the detection failed.' },
)

/** A detection at one moment. */
export const DetectionView = Type.Object(
  {
    id: Type.String({ description: 'The id of the detection.' }),
    state: DetectionState,
    tenant: OwnTenant,
    queue: Type.String({ description: 'The queue whose `http` settings apply to the call.' }),
    method: nullable(Type.String({ description: 'The HTTP method. Null: POST with a body, otherwise GET.' })),
    url: Type.String({ description: 'The URL that is called, without its query, which may hold a key.' }),
    headerNames: Type.Array(Type.String(), {
      description: 'Names of the headers sent. Their values are not returned.',
    }),
    budgets: DetectionBudgets,
    createdAt: instant('When the detection was created.'),
    startedAt: nullable(instant('When a worker started the detection.')),
    finishedAt: nullable(instant('When the detection ended.')),
    progress: nullable(DetectionProgress),
    result: nullable({ ...DetectionResultView, description: 'What the detection found, once it is completed.' }),
    error: nullable(DetectionErrorView),
  },
  { title: 'Detection', additionalProperties: false },
)
export type DetectionView = Static<typeof DetectionView>

/** The detections of the last day. */
export const DetectionList = Type.Object(
  { detections: Type.Array(DetectionView, { description: 'The detections, newest first.' }) },
  { title: 'DetectionList', additionalProperties: false },
)
export type DetectionList = Static<typeof DetectionList>
