import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DETECTION_QUEUE } from '../src/bullmq/detection-queue.ts'
import { createKeys } from '../src/keys.ts'
import { MAINTENANCE_QUEUE } from '../src/bullmq/maintenance-queue.ts'

const page = readFileSync(new URL('../../../docs/redis-keys.md', import.meta.url), 'utf8')

/** The keys in the first column of the page's tables. */
const documentedKeys = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key ?? '')

/** What BullMQ's keys begin with: it builds them, under a prefix that is ours. */
const keys = createKeys('sluice')
const bullPrefixes = [
  `${keys.tickets('<queue>')}:<queue>:`,
  `${keys.maintenance}:${MAINTENANCE_QUEUE}:`,
  `${keys.maintenance}:${DETECTION_QUEUE}:`,
]

function isBullKey(key: string): boolean {
  return bullPrefixes.some((prefix) => key.startsWith(prefix))
}

/** What stands in the page for what a builder is given. */
const PLACEHOLDERS: Record<string, string> = {
  batchesInState: '<state>',
  detection: '<detection>',
  idempotency: '<hash>',
  queueSettings: '<name>',
  page: '<n>',
  outcome: '<n>',
}

/** The keys that these builders build. */
function build(builders: object): string[] {
  return Object.entries(builders).map(([name, builder]: [string, unknown]) =>
    typeof builder === 'function' ? String(builder(PLACEHOLDERS[name] ?? `<what of ${name}?>`)) : String(builder),
  )
}

function builtKeys(): string[] {
  const others = Object.fromEntries(Object.entries(keys).filter(([name]) => name !== 'batch' && name !== 'limit'))
  return [...build(others), ...build(keys.batch('<id>')), ...build(keys.limit('<name>'))].filter(
    (key) => !isBullPrefix(key),
  )
}

function isBullPrefix(key: string): boolean {
  return key === keys.maintenance || key === keys.tickets('<what of tickets?>')
}

test('docs/redis-keys.md lists every key that is built, and no other', () => {
  expect(documentedKeys.filter((key) => !isBullKey(key)).toSorted()).toEqual(builtKeys().toSorted())
})

test("docs/redis-keys.md lists BullMQ's keys of a queue, and those of maintenance", () => {
  for (const prefix of bullPrefixes) {
    expect(
      documentedKeys.filter((key) => key.startsWith(prefix)),
      `keys that begin with ${prefix}`,
    ).not.toEqual([])
  }
})

test('each key is listed with its type, what it holds, who writes it, when it goes and how large it gets', () => {
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

test('all keys of a batch share its hash tag, so that one script may touch them all', () => {
  for (const key of build(createKeys('any').batch('b1'))) expect(key).toMatch(/^any:\{batch:b1\}:/)
})
