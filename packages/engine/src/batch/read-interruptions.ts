import type { Engine } from '../engine.ts'
import { decodeInterruption, type Interruption } from '../model/interruption.ts'
import { readBatch } from './read-batch.ts'

/** Reads the last hundred interruptions of a batch, newest first. Throws `BatchNotFoundError`. */
export async function readInterruptions(engine: Engine, batchId: string): Promise<Interruption[]> {
  await readBatch(engine, batchId)
  return (await engine.redis.lrange(engine.keys.batch(batchId).interruptions, 0, -1)).map(decodeInterruption)
}
