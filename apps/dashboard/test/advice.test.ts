import type { RedisNode, System, Worker } from '@sluice/client'
import { expect, test } from 'vitest'
import { adviceOf } from '../src/format/advice.ts'

const node: RedisNode = {
  version: '8.0.2',
  server: 'redis',
  role: 'master',
  usedBytes: 10,
  maxBytes: 100,
  evictionPolicy: 'noeviction',
  connectedClients: 1,
  uptimeMs: 1000,
}

const system: System = {
  process: {
    version: '0.1.0',
    node: '24.1.0',
    startedAt: '2026-01-01T00:00:00.000Z',
    clockAheadMs: 3,
    gate: { state: 'open', held: 0, sheddingForMs: 0 },
    eventStreams: 0,
  },
  redis: { isCluster: false, nodes: [node] },
  batches: { active: 0, interrupted: 0, completed: 0, cancelled: 0 },
  queues: 1,
  limits: 0,
  workers: 1,
  maintenanceAgeMs: 3000,
}

const worker: Worker = {
  id: 'a',
  host: 'a',
  pid: 1,
  version: '0.1.0',
  queues: null,
  types: [],
  concurrency: 1,
  running: 0,
  load: [],
  startedAt: '2026-01-01T00:00:00.000Z',
  lastBeatAt: '2026-01-01T00:00:00.000Z',
}

function titles(change: Partial<System>, workers: readonly Worker[] = [worker]): string[] {
  return adviceOf({ ...system, ...change }, workers).map(({ title }) => title)
}

const redisOf = (change: Partial<RedisNode>) => ({ redis: { isCluster: false, nodes: [{ ...node, ...change }] } })

test('says nothing about a healthy installation', () => {
  expect(titles({})).toEqual([])
  expect(titles(redisOf({ maxBytes: null }))).toEqual([])
})

test('warns of a Redis that is nearly full, or that evicts keys', () => {
  expect(titles(redisOf({ usedBytes: 80 }))).toEqual(['The memory of Redis is 80.0 % full: 80 B of 100 B'])
  expect(titles(redisOf({ evictionPolicy: 'allkeys-lru' }))).toEqual([
    'Redis may throw tasks away: its maxmemory-policy is allkeys-lru',
  ])
})

test('warns of missing workers, of other versions, and of a reconciler that does not run', () => {
  expect(titles({ workers: 0, maintenanceAgeMs: null }, [])).toEqual(['No worker is alive'])
  expect(titles({}, [{ ...worker, version: '0.2.0' }])).toEqual(['Workers run 0.2.0, and this API runs 0.1.0'])
  expect(titles({ maintenanceAgeMs: 61_000 })).toEqual(['The reconciler has not run for 1m 1s'])
})

test('warns of clocks that differ, and of an API that refuses requests', () => {
  const { process } = system
  expect(titles({ process: { ...process, clockAheadMs: -1500 } })).toEqual([
    'The clocks of the API and of Redis differ by 1.5s',
  ])
  expect(titles({ process: { ...process, gate: { state: 'shedding', held: 3, sheddingForMs: 2000 } } })).toEqual([
    'The API refuses requests because it is too busy, for 2s now',
  ])
})
