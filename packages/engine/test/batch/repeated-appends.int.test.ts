import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import { TasksDifferError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { envelopes, newBatch, payloadsOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'

/** The envelopes, with another task in one place. */
function withOther(tasks: readonly string[], seq: number): string[] {
  return tasks.map((task, i) => (i === seq ? '{"payload":"other"}' : task))
}

describe('an append that is repeated with its offset', () => {
  engineTest.for([0, 1, 127, 128, 255, 299])(
    'is refused if task %i differs, and appends nothing of that chunk',
    async (seq, { engine }) => {
      const id = await newBatch(engine)
      await appendTasks(engine, id, [envelopes(300)])

      const repeat = appendTasks(engine, id, [withOther(envelopes(310), seq)], { offset: 0 })

      await expect(repeat).rejects.toThrow(TasksDifferError)
      await expect(repeat).rejects.toMatchObject({ details: { seq, accepted: 0, skipped: 0, total: 300 } })
      expect(await payloadsOf(engine, id)).toEqual(range(300))
    },
  )

  engineTest('is refused in the middle of a page, with the seq in the batch', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [envelopes(300)])

    const repeat = appendTasks(engine, id, [withOther(envelopes(100, 150), 42)], { offset: 150 })

    await expect(repeat).rejects.toMatchObject({ details: { seq: 192 } })
  })

  engineTest('keeps the chunks before the one that differs', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [envelopes(20)])

    const chunks = [envelopes(10), withOther(envelopes(15, 10), 3)]

    await expect(appendTasks(engine, id, chunks, { offset: 0 })).rejects.toMatchObject({
      details: { seq: 13, accepted: 0, skipped: 10, total: 20 },
    })
  })

  engineTest('is accepted with other white space, also after the batch was sealed', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [['{"payload":{"a b":" \\" "}}', '{"payload":12345678901234567890}']])
    await sealBatch(engine, id)

    const spaced = ['{ "payload": {\t"a b" :" \\" "} }', '{"payload" : 12345678901234567890}']

    expect(await appendTasks(engine, id, [spaced], { offset: 0 })).toEqual({ accepted: 0, skipped: 2, total: 2 })
  })

  engineTest('is refused for another white space in a string, and for another digit', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [['{"payload":"a b"}', '{"payload":12345678901234567890}']])

    for (const other of ['{"payload":"a  b"}', '{"payload":"ab"}']) {
      await expect(appendTasks(engine, id, [[other]], { offset: 0 })).rejects.toThrow(TasksDifferError)
    }
    await expect(appendTasks(engine, id, [['{"payload":12345678901234567891}']], { offset: 1 })).rejects.toThrow(
      TasksDifferError,
    )
  })

  engineTest('is refused if another upload came first while its tasks were on their way', async ({ engine }) => {
    const id = await newBatch(engine)
    // The first chunk has nothing to compare; the other upload runs before the second one.
    async function* chunks() {
      yield envelopes(2)
      await appendTasks(engine, id, [['{"payload":"other"}']])
      yield envelopes(2, 2)
    }

    await expect(appendTasks(engine, id, chunks(), { offset: 0 })).rejects.toMatchObject({
      code: 'SLUICE_TASKS_DIFFER',
      details: { seq: 2, total: 4 },
    })
  })
})

describe('an append without an offset', () => {
  engineTest('is compared with nothing', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [envelopes(2)])

    expect(await appendTasks(engine, id, [envelopes(2)])).toEqual({ accepted: 2, skipped: 0, total: 4 })
  })
})
