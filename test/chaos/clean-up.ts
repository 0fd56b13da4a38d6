import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchList } from '../../packages/contracts/src/index.ts'
import type { Administrator } from './administrator.ts'
import type { Requests } from './requests.ts'
import type { Stage } from './stage.ts'

/** What a dead process left half done waits for a pass of the reconciler, every 15 s. */
const GONE_WITHIN_MS = 60_000

/** Deletes all batches, queues and limits, and says which keys stay that should not. */
export async function deleteEverything(stage: Stage, administrator: Administrator): Promise<string[]> {
  const { requests } = administrator
  for (;;) {
    const { batches } = (await requests.insist('GET', '/batches?pageSize=200', [200])).body as BatchList
    if (batches.length === 0) break
    await Promise.all(batches.map(({ id }) => deleteBatch(requests, id)))
  }
  await administrator.deleteAll()
  const left = await untilNone(() => stage.findKeysLeft())
  return left.map((key) => `left behind after deletion: ${key}`)
}

/** What was created without any client having learned of it may still be active. */
async function deleteBatch(requests: Requests, id: string): Promise<void> {
  await requests.insist('POST', `/batches/${id}/cancel`, [200, 404, 409])
  await requests.insist('DELETE', `/batches/${id}`, [204, 404])
}

/** Waits until nothing is found any more, and returns what is found after a minute. */
export async function untilNone(find: () => Promise<string[]>): Promise<string[]> {
  const deadline = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const found = await find()
    if (found.length === 0 || performance.now() > deadline) return found
    await sleep(200)
  }
}
