import type { Batch } from '@sluice/client'
import { readTaskText } from '../../data/read-text.ts'
import { useQuery } from '../../data/use-query.ts'
import { duration } from '../../format/durations.ts'
import { memberTexts } from '../../format/json-text.ts'
import { count } from '../../format/numbers.ts'
import { dateTime } from '../../format/times.ts'
import { TaskBadge } from '../../parts/badge.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { type Fact, Facts } from '../../parts/facts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { RawJson } from '../../parts/raw-text.tsx'
import { setQuery } from '../../routing/location.ts'

/** One task, with its payload and its result as the API has sent them. */
export function TaskDrawer({ batch, seq }: { batch: Batch; seq: number }) {
  const { data: text, error } = useQuery(`task ${batch.id} ${seq}`, (signal) => readTaskText(batch.id, seq, signal))
  const open = (to: number) => setQuery({ task: String(to) })
  return (
    <Dialog title={`Task ${count(seq)}`} isDrawer onClose={() => setQuery({ task: undefined })}>
      <div class="row">
        <button type="button" class="button" disabled={seq <= 0} onClick={() => open(seq - 1)}>
          <Icon name="back" /> Previous
        </button>
        <button type="button" class="button" disabled={seq >= batch.counts.total - 1} onClick={() => open(seq + 1)}>
          Next <Icon name="next" />
        </button>
      </div>
      {error !== undefined && <Problem error={error} />}
      {text === undefined ? error === undefined && <Skeleton lines={8} /> : <TaskText text={text} seq={seq} />}
    </Dialog>
  )
}

/** What the page reads of a task itself: small members, without long numbers. */
interface TaskFacts {
  key: string | null
  state: 'pending' | 'running' | 'completed' | 'failed' | 'delayed' | 'cancelled'
  type: string
  attempts: number
  appendedAt: string
  dueAt: string | null
  finishedAt: string | null
  durationMs: number | null
  error: { failureClass: string; message: string; status?: number; stack?: string } | null
}

function TaskText({ text, seq }: { text: string; seq: number }) {
  const members = memberTexts(text)
  const { payload = 'null', result = 'null' } = Object.fromEntries(members)
  const read = (name: keyof TaskFacts): unknown => JSON.parse(members.get(name) ?? 'null')
  const error = read('error') as TaskFacts['error']
  return (
    <>
      <Facts facts={factsOf(read)} />
      {error !== null && (
        <div class="problem" data-tone="failed">
          <strong>
            {error.failureClass}
            {error.status === undefined ? '' : `, status ${error.status}`}
          </strong>
          <span>{error.message}</span>
          {error.stack !== undefined && <pre class="raw">{error.stack}</pre>}
        </div>
      )}
      <RawJson title="Payload" text={payload} fileName={`task-${seq}-payload.json`} />
      {result !== 'null' && <RawJson title="Result" text={result} fileName={`task-${seq}-result.json`} />}
    </>
  )
}

function factsOf(read: (name: keyof TaskFacts) => unknown): Fact[] {
  const time = (name: 'appendedAt' | 'dueAt' | 'finishedAt') => {
    const at = read(name) as string | null
    return at === null ? '–' : dateTime(at)
  }
  const durationMs = read('durationMs') as number | null
  return [
    ['State', <TaskBadge state={read('state') as TaskFacts['state']} />],
    ['Key', <bdi>{(read('key') as string | null) ?? '–'}</bdi>],
    ['Type', String(read('type'))],
    ['Attempts', count(Number(read('attempts')))],
    ['Appended', time('appendedAt')],
    ['Due', time('dueAt')],
    ['Finished', time('finishedAt')],
    ['Took', durationMs === null ? '–' : duration(durationMs)],
  ]
}
