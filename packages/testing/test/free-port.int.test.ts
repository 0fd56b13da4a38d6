import { expect, test } from 'vitest'
import { freePort, startProcess } from '../src/index.ts'

test('no port is given out twice while its process lives, by whatever process', async ({ onTestFinished }) => {
  const entry = new URL('support/programs/ports.ts', import.meta.url)
  const others = await Promise.all([1, 2].map(() => startProcess({ entry, ready: /has [\d ]+\./ })))
  onTestFinished(async () => void (await Promise.all(others.map((other) => other.kill()))))

  const ports = others.flatMap(({ output }) => output.match(/\d+/g)?.map(Number) ?? [])
  while (ports.length < 900) ports.push(await freePort())

  // 900 of 9,000 taken at random would have some forty in common.
  expect(new Set(ports).size).toBe(900)
})
