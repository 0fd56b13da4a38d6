import { expect, test } from 'vitest'
import { exactDuration, parseDuration, windowText } from '../src/format/durations.ts'
import { bodyOf, changeOf, differences, readDraft } from '../src/parts/settings/draft.ts'
import { showField } from '../src/parts/settings/field-input.ts'
import type { Setting } from '../src/parts/settings/setting.ts'

test('every duration survives being shown and typed again', () => {
  const durations = [0, 1, 999, 1000, 1001, 90_000, 600_000, 3_600_000, 86_400_000, 86_400_001]

  expect(durations.map((ms) => parseDuration(exactDuration(ms)))).toEqual(durations)
  expect([90_000, 600_000, 60_000].map(exactDuration)).toEqual(['90s', '10m', '1m'])
  expect([60_000, 10_000].map(windowText)).toEqual(['minute', '10s'])
  expect([' 1.5h ', '2 d'].map(parseDuration)).toEqual([5_400_000, 172_800_000])
  expect(['', '5', 'm', '-1s', '1s 2', '5min'].map(parseDuration)).toEqual(Array.from({ length: 6 }, () => Number.NaN))
})

const SETTINGS: readonly Setting[] = [
  { path: 'concurrency', label: '', input: { kind: 'number', min: 1, max: 9 } },
  { path: 'paused', label: '', input: { kind: 'check' } },
  { path: 'retry.minDelayMs', label: '', input: { kind: 'duration' } },
  { path: 'criteria.maxErrorRate', label: '', input: { kind: 'share' }, emptyText: 'never' },
  { path: 'criteria.stopOn', label: '', input: { kind: 'choices', options: ['auth', 'server'] }, emptyText: 'none' },
  { path: 'http.headers', label: '', input: { kind: 'pairs' }, emptyText: 'none' },
  { path: 'http.hosts', label: '', input: { kind: 'lines' }, emptyText: 'all' },
  { path: 'rules', label: '', input: { kind: 'rules' } },
]

const OBJECT = {
  concurrency: 3,
  paused: false,
  retry: { minDelayMs: 1000, maxAttempts: 5 },
  criteria: { maxErrorRate: 0.07, stopOn: ['auth'] },
  http: { headers: { accept: 'a: b' }, hosts: ['x', 'y'] },
  rules: [{ unit: 'requests', max: 5, perMs: 1000, used: 3 }],
}

test('every setting survives being shown and typed again', () => {
  const draft = readDraft(SETTINGS, OBJECT)

  expect(bodyOf(SETTINGS, draft)).toEqual({
    ...OBJECT,
    retry: { minDelayMs: 1000 },
    rules: [{ unit: 'requests', max: 5, perMs: 1000 }],
  })
})

test('a change names what differs alone, and null resets', () => {
  const before = readDraft(SETTINGS, OBJECT)
  const after = { ...before, concurrency: '4', 'criteria.maxErrorRate': '', 'http.hosts': ' \n' }

  expect(changeOf(SETTINGS, before, after)).toEqual({
    concurrency: 4,
    criteria: { maxErrorRate: null },
    http: { hosts: null },
  })
  expect(differences(SETTINGS, before, before)).toEqual([])
})

test('people read rules, shares and choices as words', () => {
  const draft = readDraft(SETTINGS, OBJECT)
  const shown = SETTINGS.map(({ path, input }) => showField(input, draft[path] ?? ''))

  expect(shown).toEqual(['3', 'no', '1s', '7 %', 'auth', 'accept: a: b', 'x\ny', '5 requests per second'])
})
