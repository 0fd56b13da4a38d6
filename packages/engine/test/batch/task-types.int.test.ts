import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { typesIn } from '../../src/batch/types-in.ts'
import type { Engine } from '../../src/engine.ts'
import { TooManyTypesError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { appendTasksScript } from '../../src/scripts/append-tasks.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'

async function typesOf({ redis, keys }: Engine, id: string): Promise<string[]> {
  return ((await redis.hget(keys.batch(id).meta, 'types')) ?? '').split('\n')
}

describe('the types of a batch’s tasks', () => {
  engineTest('are those that tasks name, and its own if a task names none', async ({ engine }) => {
    const mixed = await newBatch(engine, { type: 'work', tasks: ['{"type":"mail"}', '{}', '{"type":"mail"}'] })
    const named = await newBatch(engine, { type: 'work', tasks: ['{"type":"mail"}'] })
    const empty = await newBatch(engine, { type: 'work' })

    expect(await typesOf(engine, mixed)).toEqual(['mail', 'work'])
    expect(await typesOf(engine, named)).toEqual(['mail'])
    expect(await typesOf(engine, empty)).toEqual([''])
  })

  engineTest('grow with each chunk that is appended, and contain each type once', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: ['{}'], sealed: false })

    await appendTasks(engine, id, [
      ['{"type":"a"}', '{"type":"http"}'],
      ['{"type":"b"}', '{}', '{"type":"a"}'],
    ])

    expect(await typesOf(engine, id)).toEqual(['http', 'a', 'b'])
  })

  engineTest('contain none of a task that is skipped, because the batch holds another one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: ['{}', '{}'], sealed: false })

    // As an append that raced with another one, which `appendTasks` has not compared with these tasks.
    const envelopes = ['{"type":"skipped"}', '{"type":"also"}', '{"type":"new"}']
    const request = { offset: 0, maxTasks: 10, types: typesIn(envelopes), envelopes }
    await appendTasksScript.run(engine.redis, engine.keys.batch(id), request)

    expect(await typesOf(engine, id)).toEqual(['http', 'new'])
  })

  engineTest('are at most 100: a chunk that would add another one is refused as a whole', async ({ engine }) => {
    const id = await newBatch(engine, { sealed: false })
    const most = range(100).map((i) => `{"type":"t${i}"}`)
    await appendTasks(engine, id, [most])

    await expect(appendTasks(engine, id, [[most[0] ?? '', '{}']])).rejects.toThrow(TooManyTypesError)
    await appendTasks(engine, id, [most])

    expect(await typesOf(engine, id)).toHaveLength(100)
    expect(await engine.redis.hget(engine.keys.batch(id).meta, 'total')).toBe('200')
  })

  engineTest('are found however a client writes them, and only where they are', () => {
    const envelopes = [
      '{"payload":{"type":"inner"}}',
      '{"\\u0074ype":"escaped"}',
      '{"type" : "spaced"}',
      '{"type":"\\u0061"}',
    ]

    expect([...typesIn(envelopes)]).toEqual([
      ['', 0],
      ['escaped', 1],
      ['spaced', 2],
      ['a', 3],
    ])
  })
})
