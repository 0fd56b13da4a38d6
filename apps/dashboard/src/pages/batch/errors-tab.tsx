import { useSignal } from '@preact/signals'
import type { Batch, BatchReport, ErrorGroup } from '@sluice/client'
import { may } from '../../data/session.ts'
import { count } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { Empty, Skeleton } from '../../parts/notes.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { actionsOf } from './batch-actions.ts'
import { RetryGroupDialog } from './retry-group-dialog.tsx'

/** Failed attempts in groups, the most frequent first, and their tasks to run again. */
export function ErrorsTab({
  batch,
  report,
  onDone,
}: {
  batch: Batch
  report: BatchReport | undefined
  onDone: () => void
}) {
  const asked = useSignal<ErrorGroup | undefined>(undefined)
  if (report === undefined) return <Skeleton lines={4} />
  if (report.errors.length === 0) {
    return (
      <Card>
        <Empty title="No attempt has failed">
          <p>Groups of equal errors appear here, with a task as an example of each.</p>
        </Empty>
      </Card>
    )
  }
  const { canRetry } = actionsOf(batch)
  const ask = (group: ErrorGroup) => (asked.value = group)
  return (
    <>
      <Card isFlush>
        <Table
          label="Errors"
          rows={report.errors}
          columns={columnsOf(batch, canRetry ? ask : undefined)}
          idOf={({ failureClass, status, message }) => `${failureClass} ${status} ${message}`}
        />
      </Card>
      {asked.value && (
        <RetryGroupDialog batch={batch} group={asked.value} onClose={() => (asked.value = undefined)} onDone={onDone} />
      )}
    </>
  )
}

function columnsOf({ id }: Batch, ask: ((group: ErrorGroup) => void) | undefined): Column<ErrorGroup>[] {
  const sample = ({ sampleSeq }: ErrorGroup) => `batches/${id}/tasks?task=${sampleSeq}`
  return [
    { title: 'Error', isWide: true, value: ({ message }) => <span title={message}>{message}</span> },
    { title: 'Class', value: ({ failureClass }) => failureClass },
    { title: 'Status', isNumber: true, value: ({ status }) => status ?? '–' },
    { title: 'Attempts', isNumber: true, value: (group) => count(group.count) },
    {
      title: 'Example',
      isNumber: true,
      value: (group) =>
        may('payloads:read') ? <a href={sample(group)}>task {count(group.sampleSeq)}</a> : count(group.sampleSeq),
    },
    ...(ask === undefined
      ? []
      : [
          {
            title: 'Retry',
            value: (group: ErrorGroup) => (
              <button type="button" class="button" onClick={() => ask(group)}>
                Retry these
              </button>
            ),
          },
        ]),
  ]
}
