import type { Setting } from '../../parts/settings/setting.ts'

const MOST = Number.MAX_SAFE_INTEGER

const quota = (path: string, label: string, hint: string): Setting => ({
  path,
  label,
  hint,
  input: { kind: 'number', min: 0, max: MOST },
  emptyText: 'any number',
})

/** What a tenant may hold. */
export const QUOTAS: readonly Setting[] = [
  quota('maxActiveBatches', 'Active batches', 'Active and interrupted ones together. 0 permits none.'),
  quota('maxTasks', 'Tasks', 'Of all batches that are kept, in any state.'),
  quota('maxBytes', 'Bytes', 'Of these tasks as they were sent, and of the results of completed ones.'),
]
