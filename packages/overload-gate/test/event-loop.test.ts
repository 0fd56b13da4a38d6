import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { nodeEventLoop } from '../src/event-loop.ts'

test('the end of a tick runs outside the async context of the request that scheduled it', async () => {
  const context = new AsyncLocalStorage<string>()
  const loop = nodeEventLoop()
  const seen: (string | undefined)[] = []

  context.run('a request', () => loop.onTickEnd(() => seen.push(context.getStore())))

  await expect.poll(() => seen).toEqual([undefined])
})

test('a tick has a number of its own, from its first read to its last timer', async () => {
  const loop = nodeEventLoop()
  const first = loop.tickNumber()

  const end = loop.now() + 20
  while (loop.now() < end);
  await Promise.resolve()
  expect(loop.tickNumber()).toBe(first)

  await sleep(5)
  expect(loop.tickNumber()).toBeGreaterThan(first)
})

test('utilisation covers the time since the previous call', async () => {
  const loop = nodeEventLoop()
  await sleep(200)
  loop.utilization()

  const end = loop.now() + 50
  while (loop.now() < end);

  expect(loop.utilization()).toBeGreaterThan(0.9)
})
