import { ATTEMPT_SETTINGS, CRITERIA_SETTINGS } from '../../parts/settings/task-settings.ts'
import type { SettingGroup } from '../../parts/settings/setting.ts'

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
    { title: 'Attempts', hint: 'A batch copies these when it is created.', settings: ATTEMPT_SETTINGS },
    {
      title: 'Interruption criteria',
      hint: 'When a batch stops itself. A batch copies these when it is created.',
      settings: CRITERIA_SETTINGS,
    },
    {
      title: 'HTTP calls',
      hint: 'What tasks of the type http get. Running batches follow within milliseconds.',
      settings: [
        { path: 'http.timeoutMs', label: 'Time limit of a call', input: { kind: 'duration' }, emptyText: '30s' },
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
