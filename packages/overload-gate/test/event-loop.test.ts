import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { nodeEventLoop } from '../src/event-loop.ts'

test('a timer runs its task once for each start, and not after it was stopped', async () => {
  let runs = 0
  const timer = nodeEventLoop().timer(1, () => (runs += 1))

  timer.start()
  await expect.poll(() => runs).toBe(1)
  timer.start()
  await expect.poll(() => runs).toBe(2)
  timer.start()
  timer.stop()
  // Nothing happens, which cannot be waited for.
  await sleep(20)
  expect(runs).toBe(2)

  timer.start()
  await expect.poll(() => runs).toBe(3)
})

test('turns and timers run outside of the async context of the request that started them', async () => {
  const context = new AsyncLocalStorage<string>()
  const loop = nodeEventLoop()
  const seen: (string | undefined)[] = []

  context.run('a request', () => {
    loop.onTurnEnd(() => seen.push(context.getStore()))
    loop.timer(1, () => seen.push(context.getStore())).start()
  })

  await expect.poll(() => seen).toEqual([undefined, undefined])
})

test('utilisation is that of the time since it was last asked for', async () => {
  const loop = nodeEventLoop()
  await sleep(200)
  loop.utilization()

  const end = loop.now() + 50
  while (loop.now() < end);

  expect(loop.utilization()).toBeGreaterThan(0.9)
})
