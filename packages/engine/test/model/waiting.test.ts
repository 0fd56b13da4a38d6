import { describe, expect, test } from 'vitest'
import { waitingFor, type WaitingFacts } from '../../src/model/waiting.ts'

const NO_TASKS = { total: 0, pending: 0, delayed: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }
const SOON = new Date('2026-01-01T12:00:00Z')

const startable: WaitingFacts = {
  queue: 'calls',
  sealed: true,
  counts: { ...NO_TASKS, total: 5, pending: 4, running: 1 },
  types: ['http'],
  offers: [{ queues: 'all', types: ['http'], workers: 2 }],
  startAt: null,
  isQueuePaused: false,
  isLimited: false,
  upstreamWait: null,
  pausedUntil: null,
  nextDueAt: null,
}

const refused = { isNamed: false, refusals: 5, startsPerSecond: null }

describe('a batch waits', () => {
  test.for<{ what: string; facts: Partial<WaitingFacts>; reasons: unknown[] }>([
    { what: 'for nothing while its tasks start', facts: {}, reasons: [] },
    {
      what: 'for nothing once all tasks run',
      facts: { counts: { ...NO_TASKS, total: 1, running: 1 }, offers: [] },
      reasons: [],
    },
    {
      what: 'for its start, and for what would hold it back then',
      facts: { startAt: SOON, isQueuePaused: true, isLimited: true, counts: { ...NO_TASKS, total: 1, pending: 1 } },
      reasons: [{ kind: 'start_at', until: SOON }, 'queue_paused'],
    },
    {
      what: 'for its queue, also if it has no worker',
      facts: { isQueuePaused: true, offers: [] },
      reasons: ['queue_paused', 'no_worker'],
    },
    {
      what: 'for a worker of its queue that is alive',
      facts: {
        offers: [
          { queues: ['other'], types: ['http'], workers: 1 },
          { queues: 'all', types: ['http'], workers: 0 },
        ],
      },
      reasons: ['no_worker'],
    },
    {
      what: 'for the handlers that no worker of its queue has',
      facts: {
        types: ['http', 'mail', 'fax'],
        offers: [
          { queues: ['calls'], types: ['http', 'mail'], workers: 1 },
          { queues: ['other'], types: ['http', 'mail', 'fax'], workers: 1 },
        ],
      },
      reasons: [{ kind: 'no_handler', types: ['fax'] }],
    },
    {
      what: 'for one worker with all its handlers',
      facts: {
        types: ['http', 'mail'],
        offers: [
          { queues: 'all', types: ['http'], workers: 1 },
          { queues: 'all', types: ['mail'], workers: 1 },
        ],
      },
      reasons: [{ kind: 'no_handler', types: ['http', 'mail'] }],
    },
    { what: 'for its limit', facts: { isLimited: true }, reasons: ['limit'] },
    {
      what: 'for its upstream while that refuses calls',
      facts: { upstreamWait: { kind: 'paused', ...refused }, pausedUntil: SOON },
      reasons: [{ kind: 'upstream_pause', until: SOON }],
    },
    {
      what: 'for its upstream while one task probes',
      facts: { upstreamWait: { kind: 'probing', ...refused } },
      reasons: [{ kind: 'upstream_pause', until: null }],
    },
    {
      what: 'for nothing while its upstream accepts calls at a pace',
      facts: { upstreamWait: { kind: 'paced', ...refused } },
      reasons: [],
    },
    {
      what: 'for its retries if all that is left is delayed',
      facts: { counts: { ...NO_TASKS, total: 2, delayed: 1, failed: 1 }, nextDueAt: SOON },
      reasons: [{ kind: 'backoff', until: SOON }],
    },
    {
      what: 'for a slot if nothing else keeps its tasks from starting',
      facts: { counts: { ...NO_TASKS, total: 2, pending: 2 } },
      reasons: ['slot'],
    },
    {
      what: 'for its seal once all tasks have ended',
      facts: { sealed: false, counts: { ...NO_TASKS, total: 2, completed: 2 }, offers: [] },
      reasons: ['seal'],
    },
  ])('$what', ({ facts, reasons }) => {
    const expected = reasons.map((reason) => (typeof reason === 'string' ? { kind: reason } : reason))
    expect(waitingFor({ ...startable, ...facts })).toEqual(expected)
  })
})
