import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DETECTION_QUEUE, MAINTENANCE_QUEUE } from '../src/bullmq/queue-names.ts'
import { createKeys } from '../src/keys.ts'

const page = readFileSync(new URL('../../../docs/redis-keys.md', import.meta.url), 'utf8')

/** The keys in the first column of the page's tables. */
const documentedKeys = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key ?? '')

/** The beginnings of BullMQ's keys, which BullMQ builds under a prefix of Sluice. */
const keys = createKeys('sluice')
const bullPrefixes = [
  `${keys.tickets('<queue>')}:<queue>:`,
  `${keys.maintenance}:${MAINTENANCE_QUEUE}:`,
  `${keys.maintenance}:${DETECTION_QUEUE}:`,
]

function isBullKey(key: string): boolean {
  return bullPrefixes.some((prefix) => key.startsWith(prefix))
}

/** The placeholders that the page uses for the arguments of key builders. */
const PLACEHOLDERS: Record<string, string | string[]> = {
  batchesInState: '<state>',
  batchesOf: '<tenant>',
  batchesOfInState: ['<tenant>', '<state>'],
  detectionsOf: '<tenant>',
  detection: '<detection>',
  idempotency: '<hash>',
  queueSettings: '<name>',
  idleWorker: '<name>',
  page: '<n>',
  outcome: '<n>',
}

/** Builds each key with its placeholder. */
function build(builders: object): string[] {
  return Object.entries(builders).map(([name, builder]: [string, unknown]) =>
    typeof builder === 'function'
      ? String(builder(...[PLACEHOLDERS[name] ?? `<argument of ${name}>`].flat()))
      : String(builder),
  )
}

function builtKeys(): string[] {
  const others = Object.fromEntries(
    Object.entries(keys).filter(
      ([name]) => !['batch', 'limit', 'bulk', 'apiKeys', 'sessions', 'audit', 'workers'].includes(name),
    ),
  )
  return [
    ...build(others),
    ...build(keys.batch('<id>')),
    ...build(keys.limit('<name>')),
    ...build(keys.bulk('<bulk>')),
    ...build(keys.apiKeys),
    ...build(keys.sessions),
    ...build(keys.audit),
    ...build(keys.workers),
  ].filter((key) => !isBullPrefix(key))
}

function isBullPrefix(key: string): boolean {
  return key === keys.maintenance || key === keys.tickets('<argument of tickets>')
}

test('docs/redis-keys.md lists every key that createKeys builds, and no other', () => {
  expect(documentedKeys.filter((key) => !isBullKey(key)).toSorted()).toEqual(builtKeys().toSorted())
})

test("docs/redis-keys.md lists BullMQ's keys of tickets, maintenance and detections", () => {
  for (const prefix of bullPrefixes) {
    expect(
      documentedKeys.filter((key) => key.startsWith(prefix)),
      `keys that begin with ${prefix}`,
    ).not.toEqual([])
  }
})

test('docs/redis-keys.md states type, content, writer, expiry and size of each key', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))

  for (const row of rows) {
    const cells = row.split(/(?<!\\)\|/).slice(1, -1)
    expect(
      cells.map((cell) => cell.trim()),
      `cells of ${row}`,
    ).toHaveLength(6)
    expect(
      cells.filter((cell) => cell.trim() === ''),
      `cells of ${row}`,
    ).toEqual([])
  }
})

test('all keys of a batch share its hash tag, so that one script can access them all', () => {
  for (const key of build(createKeys('any').batch('b1'))) expect(key).toMatch(/^any:\{batch:b1\}:/)
})
