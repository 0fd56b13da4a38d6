import { putQueue, readSlotDemand } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { SlotDemands } from '../../src/ticket/slot-demands.ts'
import { submit, workerTest as test } from '../support/worker-test.ts'

/** Answers of so many tickets that ask one after another. */
async function ask(times: number, isWanted: () => Promise<boolean>): Promise<number> {
  let yes = 0
  for (let i = 0; i < times; i += 1) if (await isWanted()) yes += 1
  return yes
}

test('as many tickets give way as tickets wait, although many share one answer of Redis', async ({ engine }) => {
  await putQueue(engine, 'calls', { concurrency: 3 })
  await submit(engine, { queue: 'calls', count: 10 })
  const demands = new SlotDemands(engine, ['work'])

  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(3)
})

test('no ticket gives way when nothing wants its slot', async ({ engine }) => {
  const demands = new SlotDemands(engine, ['work'])
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(0)
})

test('a busy worker hands over tickets until an idle one runs as many', async ({ engine }) => {
  const demands = new SlotDemands(engine, ['work'])
  await engine.redis.set(engine.keys.idleWorker('calls'), '4\n0\nfirst\nwork', 'PX', 5000)
  const hold = new Promise<void>(() => {})
  for (let i = 0; i < 10; i += 1) void demands.count('calls', () => hold)

  // No ticket has left yet, so the answers alone must add up to 7 tickets each.
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(3)
})

test('tickets that have left count as those of the idle worker until it announces its slots again', async ({
  engine,
}) => {
  const demands = new SlotDemands(engine, ['work'])
  const { promise: firstThree, resolve: endThree } = Promise.withResolvers<void>()
  const hold = new Promise<void>(() => {})
  for (let i = 0; i < 10; i += 1) void demands.count('calls', () => (i < 3 ? firstThree : hold))
  const announce = (id: string) => engine.redis.set(engine.keys.idleWorker('calls'), `4\n0\n${id}\nwork`, 'PX', 5000)

  await announce('first')
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(3)
  endThree()
  // Longer than an answer of Redis is kept.
  await sleep(60)
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(0)
  await announce('second')
  await sleep(60)
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(1)
})

test('a worker announces free slots only if it has not taken tickets for all of them', async ({ engine }) => {
  await engine.redis.rpush(engine.ticketQueues.open('calls').toKey('active'), 'a', 'b', 'c', 'd')
  const demands = new SlotDemands(engine, ['work'])
  const announced = async () => (await readSlotDemand(engine, 'calls')).idleWorker

  await demands.announceIdle('calls', { slots: 3, held: 3 })
  expect(await announced()).toBeNull()
  await demands.announceIdle('calls', { slots: 3, held: 2 })
  expect(await announced()).toMatchObject({ runs: 2, types: ['work'] })
})

test('a busy worker hands over no ticket that an idle one could not run', async ({ engine }) => {
  const demands = new SlotDemands(engine, ['work', 'mail'])
  await engine.redis.set(engine.keys.idleWorker('calls'), '0\n0\nfirst\nwork', 'PX', 5000)
  for (let i = 0; i < 10; i += 1) void demands.count('calls', () => new Promise<void>(() => {}))

  expect(await ask(10, () => demands.isWanted('calls', ['work', 'mail']))).toBe(0)
  expect(await ask(10, () => demands.isWanted('calls', ['work']))).toBe(5)
})

test('under a limit at most one ticket gives way between two starts', async ({ engine }) => {
  await putQueue(engine, 'calls', { concurrency: 5 })
  await submit(engine, { queue: 'calls', count: 10 })
  const demands = new SlotDemands(engine, ['work'])
  expect(await ask(10, () => demands.isWantedUnderLimit('calls'))).toBe(0)

  for (let i = 0; i < 1000; i += 1) demands.noteStart('calls')
  expect(await ask(10, () => demands.isWantedUnderLimit('calls'))).toBe(1)

  demands.noteStart('calls')
  expect(await ask(10, () => demands.isWantedUnderLimit('calls'))).toBe(1)
})

test('under a limit no ticket gives way to an idle worker, which could start no more', async ({ engine }) => {
  await engine.redis.set(engine.keys.idleWorker('calls'), '0\n0\nfirst\nwork', 'PX', 5000)
  const demands = new SlotDemands(engine, ['work'])
  for (let i = 0; i < 10; i += 1) void demands.count('calls', () => new Promise<void>(() => {}))
  demands.noteStart('calls')

  expect(await ask(10, () => demands.isWantedUnderLimit('calls'))).toBe(0)
})
