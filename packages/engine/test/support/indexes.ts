import { expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { BATCH_STATES } from '../../src/model/batch.ts'

/** Checks that the indexes list a batch as what it is, or not at all if it does not exist. */
export async function expectIndexesToFollow(engine: Engine, id: string, message: string): Promise<void> {
  const { redis, keys } = engine
  const { state, finished_at: finishedAt } = await redis.hgetall(keys.batch(id).meta)
  const lists = await Promise.all(BATCH_STATES.map((each) => redis.zscore(keys.batchesInState(each), id)))
  const found = {
    isListed: (await redis.zscore(keys.batches, id)) !== null,
    states: BATCH_STATES.filter((_state, i) => lists[i] != null),
    finishedAt: await redis.zscore(keys.finished, id),
  }
  const isFinished = state === 'completed' || state === 'cancelled'
  expect(found, `index entries of ${id}: ${message}`).toEqual({
    isListed: state !== undefined,
    states: state === undefined ? [] : [state],
    finishedAt: isFinished ? finishedAt : null,
  })
}
