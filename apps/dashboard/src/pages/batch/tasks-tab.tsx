import type { Batch, FailureClass, Task, TaskState } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import { FAILURE_CLASSES } from '../../format/failure-classes.ts'
import { TASK_STATES } from '../../format/tones.ts'
import { TaskBadge } from '../../parts/badge.tsx'
import { FilterSelect } from '../../parts/filter.tsx'
import { List } from '../../parts/list.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Pager } from '../../parts/pager.tsx'
import type { Column } from '../../parts/table.tsx'
import { query, withQuery } from '../../routing/location.ts'
import { TaskDrawer } from './task-drawer.tsx'

const PAGE_SIZE = 50

const COLUMNS: readonly Column<Task>[] = [
  { title: 'Task', value: ({ seq }) => count(seq) },
  { title: 'Key', isWide: true, value: ({ key }) => (key === null ? <span class="faint">–</span> : <bdi>{key}</bdi>) },
  { title: 'State', value: ({ state }) => <TaskBadge state={state} /> },
  { title: 'Error', isMinor: true, value: ({ error }) => error?.failureClass ?? <span class="faint">–</span> },
  { title: 'Attempts', isNumber: true, value: ({ attempts }) => count(attempts) },
  {
    title: 'Took',
    isNumber: true,
    isMinor: true,
    value: ({ durationMs }) => (durationMs === null ? '–' : duration(durationMs)),
  },
]

/** The tasks of a batch, narrowed by state and failure class. */
export function TasksTab({ batch }: { batch: Batch }) {
  const filters = readFilters()
  const { data, error } = useQuery(`tasks ${batch.id} ${JSON.stringify(filters)}`, (signal) =>
    sluice.tasks.list(batch.id, { ...filters, pageSize: PAGE_SIZE }, { signal, maxRetries: 0 }),
  )
  const task = query.value.get('task')
  return (
    <>
      <div class="filters">
        <FilterSelect name="state" label="State" options={TASK_STATES} />
        <FilterSelect name="failureClass" label="Error" options={FAILURE_CLASSES} />
      </div>
      <List
        label="Tasks"
        rows={data?.rows}
        error={error}
        columns={COLUMNS}
        idOf={({ seq }) => String(seq)}
        linkOf={({ seq }) => withQuery({ task: String(seq) })}
        empty={<NoTasks hasMore={data?.nextCursor != null} total={batch.counts.total} />}
      />
      <Pager nextCursor={data?.nextCursor ?? null} />
      {task !== null && <TaskDrawer batch={batch} seq={Number(task)} />}
    </>
  )
}

function readFilters() {
  return {
    state: (query.value.get('state') ?? undefined) as TaskState | undefined,
    failureClass: (query.value.get('failureClass') ?? undefined) as FailureClass | undefined,
    cursor: query.value.get('cursor') ?? undefined,
  }
}

function NoTasks({ hasMore, total }: { hasMore: boolean; total: number }) {
  if (total === 0) {
    return (
      <Empty title="The batch has no tasks yet">
        <p>
          Append them with <code>POST /v1/batches/:id/tasks</code>.
        </p>
      </Empty>
    )
  }
  return hasMore ? (
    <Empty title="No task on this page matches">
      <p>The filter matches few tasks. Go on to the next page.</p>
    </Empty>
  ) : (
    <Empty title="No task matches">
      <p>Change the filters to see others.</p>
    </Empty>
  )
}
