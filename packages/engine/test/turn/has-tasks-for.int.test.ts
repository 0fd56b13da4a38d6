import { expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { hasTasksFor } from '../../src/turn/has-tasks-for.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, retry } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

engineTest('a batch has tasks for as many tickets as it has, while tasks wait', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 3, concurrency: 2 })

  const answers = await Promise.all([0, 1, 2].map((ticket) => hasTasksFor(engine, id, ticket)))

  expect(answers).toEqual([true, true, false])
})

engineTest('a batch has none for its tickets once all its tasks are leased or have ended', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 2, concurrency: 2 })
  const tickets = [0, 1].map((ticket) => new TicketDriver(engine, id, { ticket }))
  for (const ticket of tickets) await ticket.lease(1)
  const leased = await hasTasksFor(engine, id, 0)
  for (const [seq, ticket] of tickets.entries()) await ticket.release([completed(seq)])

  expect([leased, await hasTasksFor(engine, id, 0)]).toEqual([false, false])
})

engineTest('a batch has tasks for its tickets while one waits for its retry', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 1, concurrency: 1 })
  const ticket = new TicketDriver(engine, id)
  await ticket.lease(1)
  await ticket.release([retry(0)])

  expect(await hasTasksFor(engine, id, 0)).toBe(true)
})

engineTest('a batch that was cancelled or deleted has none', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 3, concurrency: 2 })
  await cancelBatch(engine, id)

  expect([await hasTasksFor(engine, id, 0), await hasTasksFor(engine, 'missing', 0)]).toEqual([false, false])
})
