import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { failureGroup } from '../../src/model/failure-group.ts'

const group = (message: string, status?: number) => failureGroup({ failureClass: 'server', message, status })

describe('failureGroup', () => {
  test.each([
    ['numbers', 'row 17 of 1,000 took 1.5 s', 'row # of # took # s'],
    ['addresses', 'connect ECONNREFUSED 10.0.0.7:8080', 'connect ECONNREFUSED #'],
    ['UUIDs', 'job 9f1c7a9e-3b52-4c1d-9a55-0242ac120002 is gone', 'job * is gone'],
    ['hex ids', 'commit 4fa9c1d07be2 is unknown, deadbeef is a word', 'commit * is unknown, deadbeef is a word'],
    ['other ids', 'see req_011CSHoEeqs5C35K2UUqR7Fy', 'see *'],
    ['white space', '  a\n\t b   c ', 'a b c'],
    ['short quotes', 'field "name" doesn\'t fit', 'field "name" doesn\'t fit'],
    ['long quotes', 'bad value "the quick brown fox jumps over"', 'bad value "the quick brown fox jump…"'],
  ])('folds %s', (_, message, expected) => {
    expect(group(message)).toBe(`server: ${expected}`)
  })

  test('starts with the class and the unchanged status', () => {
    expect(group('down since 12:30', 504)).toBe('server 504: down since #')
  })

  test('keeps the status in the message, and no other number', () => {
    const message = 'POST 10.0.0.7:8080/orders/17 returned 503: 5031 of 503 slots'

    expect(group(message, 503)).toBe('server 503: POST #/orders/# returned 503: # of 503 slots')
    expect(group(message, 500)).toBe('server 500: POST #/orders/# returned #: # of # slots')
  })

  test('is the same for failures that differ only in numbers and ids', () => {
    const failures = ['a1b2c3d4e5', 'ffee0099aa'].map((id, n) =>
      group(`task ${n}: order ${id} timed out after ${n * 100} ms`),
    )

    expect(new Set(failures).size).toBe(1)
  })

  test('is one for all tasks of lost workers, as the script has it that takes them over', () => {
    const lua = readFileSync(new URL('../../lua/lib/turn-take-over.lua', import.meta.url), 'utf8')
    const lost = failureGroup({ failureClass: 'worker_lost', message: 'The worker died while it ran attempt 3.' })

    expect(lua).toContain(`group = '${lost}'`)
  })

  test('is at most 160 characters long, and fast for hostile messages', () => {
    for (const text of [
      'a'.repeat(2_000),
      '"'.repeat(2_000),
      '_1a'.repeat(666),
      `'${' '.repeat(1_998)}`,
      '1.'.repeat(1_000),
    ]) {
      const before = process.cpuUsage()

      expect(group(text).length).toBeLessThanOrEqual(160)
      expect(process.cpuUsage(before).user).toBeLessThan(100_000)
    }
  })
})
