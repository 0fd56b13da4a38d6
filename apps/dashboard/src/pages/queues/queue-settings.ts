import type { FailureClass } from '@sluice/client'
import type { SettingGroup } from '../../parts/settings/setting.ts'

const FAILURE_CLASSES = [
  'auth',
  'invalid',
  'server',
  'handler',
  'timeout',
  'network',
  'overloaded',
  'rate_limited',
  'worker_lost',
] as const satisfies FailureClass[]

const MANY = { kind: 'number', min: 1, max: 1_000_000_000 } as const
const NEVER = 'never'

/** How many tasks of a queue run at once. */
export const CONCURRENCY = {
  path: 'concurrency',
  label: 'Concurrency',
  hint: 'Tasks that run at once, on all workers.',
  input: { kind: 'number', min: 1, max: 10_000 },
} as const

/** The limit that a queue is under. */
export function limitSetting(limits: readonly string[]) {
  return {
    path: 'limit',
    label: 'Limit',
    hint: 'All queues that name a limit share it.',
    input: { kind: 'choice', options: limits },
    emptyText: 'none',
  } as const
}

/**
 * The settings of a queue.
 *
 * @param limits the names of all limits.
 * @param mayGrant whether the person may let tasks use secrets.
 */
export function queueSettings(limits: readonly string[], mayGrant: boolean): readonly SettingGroup[] {
  return [
    {
      title: 'Pace',
      hint: 'Running batches follow within milliseconds.',
      settings: [CONCURRENCY, limitSetting(limits)],
    },
    {
      title: 'Attempts',
      hint: 'A batch copies these when it is created.',
      settings: [
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
      ],
    },
    {
      title: 'Interruption criteria',
      hint: 'When a batch stops itself. A batch copies these when it is created.',
      settings: [
        {
          path: 'interruptionCriteria.maxConsecutiveFailures',
          label: 'Consecutive failures',
          input: MANY,
          emptyText: NEVER,
        },
        {
          path: 'interruptionCriteria.maxErrorRate',
          label: 'Error rate, in %',
          input: { kind: 'share' },
          emptyText: NEVER,
        },
        {
          path: 'interruptionCriteria.minSample',
          label: 'Sample of the error rate',
          hint: 'Finished tasks before it is judged.',
          input: MANY,
          emptyText: '20',
        },
        { path: 'interruptionCriteria.maxFailedTasks', label: 'Failed tasks', input: MANY, emptyText: NEVER },
        { path: 'interruptionCriteria.maxRateLimitHits', label: 'Refusals (429)', input: MANY, emptyText: NEVER },
        { path: 'interruptionCriteria.maxConcurrencyErrors', label: '502 and 503', input: MANY, emptyText: NEVER },
        {
          path: 'interruptionCriteria.taskTimeoutMs',
          label: 'Duration of one attempt',
          input: { kind: 'duration' },
          emptyText: NEVER,
        },
        {
          path: 'interruptionCriteria.maxBatchRuntimeMs',
          label: 'Runtime of the batch',
          input: { kind: 'duration' },
          emptyText: NEVER,
        },
        {
          path: 'interruptionCriteria.stopOn',
          label: 'Stop at the first failure of class',
          input: { kind: 'choices', options: FAILURE_CLASSES },
          emptyText: 'none',
        },
      ],
    },
    {
      title: 'HTTP calls',
      hint: 'What tasks of the type http get. Running batches follow within milliseconds.',
      settings: [
        { path: 'http.timeoutMs', label: 'Time limit of a call', input: { kind: 'duration' }, emptyText: '30 s' },
        {
          path: 'http.headers',
          label: 'Headers',
          hint: 'One on each line. A credential must be a secret of the workers: ${secret:NAME}.',
          input: { kind: 'pairs', placeholder: 'authorization: Bearer ${secret:EXAMPLE_KEY}' },
          emptyText: 'none',
        },
        {
          path: 'http.hosts',
          label: 'Hosts that tasks may call',
          hint: 'One on each line, with or without a port. *.example.com names all below.',
          input: { kind: 'lines' },
          emptyText: 'all',
        },
        {
          path: 'http.secrets',
          label: 'Secrets that tasks may use',
          hint: mayGrant ? 'One name on each line.' : 'Only who has the permission secrets:grant changes them.',
          input: { kind: 'lines' },
          emptyText: 'none',
          isReadOnly: !mayGrant,
        },
        {
          path: 'http.propagateTrace',
          label: 'Hosts that receive a traceparent',
          hint: 'One on each line.',
          input: { kind: 'lines' },
          emptyText: 'none',
        },
      ],
    },
    {
      title: 'Tenants',
      settings: [
        {
          path: 'tenants',
          label: 'Tenants that may use it',
          hint: 'One on each line. For API keys of other tenants, the queue does not exist.',
          input: { kind: 'lines' },
          emptyText: 'all',
        },
      ],
    },
  ]
}
