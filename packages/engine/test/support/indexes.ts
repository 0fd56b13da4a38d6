import { expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { BATCH_STATES } from '../../src/model/batch.ts'
import { DEFAULT_TENANT } from '../../src/model/reach.ts'

/** Checks that the indexes list a batch as what it is, or not at all if it does not exist. */
export async function expectIndexesToFollow(
  engine: Engine,
  id: string,
  message: string,
  tenant = DEFAULT_TENANT,
): Promise<void> {
  const { redis, keys } = engine
  const { state, finished_at: finishedAt } = await redis.hgetall(keys.batch(id).meta)
  const statesIn = async (keyOf: (state: string) => string) => {
    const lists = await Promise.all(BATCH_STATES.map((each) => redis.zscore(keyOf(each), id)))
    return BATCH_STATES.filter((_state, i) => lists[i] != null)
  }
  const found = {
    isListed: (await redis.zscore(keys.batches, id)) !== null,
    isListedOfTenant: (await redis.zscore(keys.batchesOf(tenant), id)) !== null,
    states: await statesIn(keys.batchesInState),
    statesOfTenant: await statesIn((each) => keys.batchesOfInState(tenant, each)),
    finishedAt: await redis.zscore(keys.finished, id),
  }
  const isFinished = state === 'completed' || state === 'cancelled'
  expect(found, `index entries of ${id}: ${message}`).toEqual({
    isListed: state !== undefined,
    isListedOfTenant: state !== undefined,
    states: state === undefined ? [] : [state],
    statesOfTenant: state === undefined ? [] : [state],
    finishedAt: isFinished ? finishedAt : null,
  })
}
