import type { RedisConnection } from '@sluice/engine'
import { expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ownServerApiTest } from '../support/api-test.ts'

const REQUESTS = 100_000

/** How many commands Redis has carried out, without those that ask it. */
async function commandsOf(redis: RedisConnection): Promise<number> {
  const calls = [...(await redis.info('commandstats')).matchAll(/cmdstat_(\S+?):calls=(\d+)/g)]
  return calls.filter(([, name]) => name !== 'info').reduce((sum, [, , count]) => sum + Number(count), 0)
}

ownServerApiTest(
  `${REQUESTS} garbage keys cost Redis no command, and take no place in the gate`,
  async ({ engine, redis, onTestFinished }) => {
    const app = await buildApp({ engine, maxFailedAuthentications: 1_000_000 })
    onTestFinished(() => app.close())
    const send = (text: string) => app.inject({ url: '/v1/session', headers: { 'x-api-key': text } })
    // The first refusal of an address in a minute gets an entry of the audit log.
    await send('garbage')
    await expect.poll(() => redis.xlen(engine.keys.audit.traffic)).toBe(1)
    const before = [await commandsOf(redis), app.overloadGate.stats().admitted]

    const statuses = new Set<number>()
    for (let i = 0; i < REQUESTS; i += 100) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, j) => send(`slk1_${String(i + j).padStart(61, '0')}`)),
      )
      for (const { statusCode } of answers) statuses.add(statusCode)
    }

    expect([...statuses]).toEqual([401])
    // In the second minute, one more refusal gets an entry.
    const [commands, admitted] = [await commandsOf(redis), app.overloadGate.stats().admitted]
    expect(commands - (before[0] ?? 0)).toBeLessThanOrEqual((await redis.xlen(engine.keys.audit.traffic)) - 1)
    expect(admitted).toEqual(before[1])
  },
)
