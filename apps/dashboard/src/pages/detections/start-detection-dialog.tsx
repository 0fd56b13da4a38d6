import type { BodyOf } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import type { Setting } from '../../parts/settings/setting.ts'
import { navigate } from '../../routing/location.ts'
import { DEFAULT_BUDGETS } from './detection-text.ts'

function settingsOf(queues: readonly string[]): readonly Setting[] {
  return [
    {
      path: 'url',
      label: 'URL',
      hint: 'A call that is cheap and harmless. It is made hundreds of times.',
      input: { kind: 'text', pattern: '[Hh][Tt][Tt][Pp][Ss]?://.+', placeholder: 'https://api.example.com/v1/models' },
    },
    {
      path: 'method',
      label: 'Method',
      input: { kind: 'choice', options: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] },
      emptyText: 'POST with a body, otherwise GET',
    },
    {
      path: 'queue',
      label: 'Queue',
      hint: 'Its settings of HTTP calls apply, with its secrets.',
      input: { kind: 'choice', options: queues },
    },
    {
      path: 'headers',
      label: 'Headers',
      hint: 'One on each line. ${secret:NAME} stands for a secret of the queue.',
      input: { kind: 'pairs', placeholder: 'authorization: Bearer ${secret:EXAMPLE_KEY}' },
      emptyText: 'none',
    },
    {
      path: 'body',
      label: 'Body',
      hint: 'JSON is sent as JSON, and anything else as it is.',
      input: { kind: 'long' },
      emptyText: 'none',
    },
    {
      path: 'budgets.requests',
      label: 'Calls at most',
      input: { kind: 'number', min: 1, max: 100_000 },
      emptyText: count(DEFAULT_BUDGETS.requests),
    },
    {
      path: 'budgets.rejections',
      label: 'Rejected calls at most',
      hint: 'The upstream rejects some calls on purpose. Do not use this where it punishes that.',
      input: { kind: 'number', min: 1, max: 10_000 },
      emptyText: count(DEFAULT_BUDGETS.rejections),
    },
    {
      path: 'budgets.seconds',
      label: 'Seconds at most',
      input: { kind: 'number', min: 1, max: 7200 },
      emptyText: `${count(DEFAULT_BUDGETS.seconds)}, which is ${duration(DEFAULT_BUDGETS.seconds * 1000)}`,
    },
    {
      path: 'budgets.maxConcurrency',
      label: 'Calls at once at most',
      input: { kind: 'number', min: 1, max: 1000 },
      emptyText: count(DEFAULT_BUDGETS.maxConcurrency),
    },
  ]
}

/** Asks for the call by which a detection measures an upstream. */
export function StartDetectionDialog({ onClose }: { onClose: () => void }) {
  const { data: queues = [] } = useQuery('names of queues', readQueueNames, { everyMs: 60_000 })
  if (queues.length === 0) return null
  return (
    <FormDialog
      title="New detection"
      verb="Start"
      settings={settingsOf(queues)}
      initial={{ queue: queues.includes('default') ? 'default' : (queues[0] ?? '') }}
      onClose={onClose}
      run={async ({ body, ...detection }) => {
        const call = { ...detection, ...(typeof body === 'string' && { body: parseBody(body) }) }
        const { id } = await sluice.detections.create(call as unknown as BodyOf<'createDetection'>)
        navigate(`detections/${id}`)
      }}
    >
      <p class="soft">
        Meanwhile, nothing else should call the upstream with the same account: pause the queues that do. Otherwise the
        detection takes their calls for a lower limit.
      </p>
    </FormDialog>
  )
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function readQueueNames(signal: AbortSignal): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of sluice.queues.list({ pageSize: 200 }, { signal, maxRetries: 0 })) names.push(name)
  return names
}
