import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Deadlines, Expiring } from '../src/deadlines.ts'

/** Removes itself and notes its name when it expires. */
class Item extends Expiring {
  readonly endsAt: number
  readonly #expired: () => void

  constructor(inMs: number, expired: (item: Item) => void) {
    super()
    this.endsAt = performance.now() + inMs
    this.#expired = () => expired(this)
  }

  expire(): void {
    this.#expired()
  }
}

/** Blocks the event loop. */
function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('deadlines', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('expire all items that are due, although each removes itself', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const deadlines = new Deadlines<Item>()
    const expired: Item[] = []
    const add = (inMs: number) => {
      const item = new Item(inMs, (due) => {
        expired.push(due)
        deadlines.remove(due)
      })
      deadlines.add(item)
      return item
    }
    const [first, later, second, removed, third] = [10, 50, 10, 10, 10].map(add) as [Item, Item, Item, Item, Item]
    deadlines.remove(removed)
    deadlines.remove(removed)

    vi.advanceTimersByTime(10)

    expect(new Set(expired)).toEqual(new Set([first, second, third]))
    expect(deadlines.count).toBe(1)
    vi.advanceTimersByTime(40)
    expect(expired.at(-1)).toBe(later)
    expect(deadlines.count).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that have passed expire soon, and cause no warning about a negative timeout', async ({ onTestFinished }) => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const deadlines = new Deadlines<Item>()

    await new Promise<void>((resolve) => {
      deadlines.add(
        new Item(-1000, (due) => {
          deadlines.remove(due)
          resolve()
        }),
      )
    })

    expect(warnings).toEqual([])
  })

  test('do not expire what has ended while the event loop was blocked', async () => {
    const deadlines = new Deadlines<Item>()
    const expired: Item[] = []
    const item = new Item(20, (due) => expired.push(due))
    deadlines.add(item)
    const reading = readFile(new URL(import.meta.url)).then(() => deadlines.remove(item))

    block(200)
    await reading
    await sleep(300)

    expect(expired).toEqual([])
  })

  test('expire although the event loop is blocked again and again', async ({ onTestFinished }) => {
    const deadlines = new Deadlines<Item>()
    const blocking = setInterval(() => block(100), 1)
    onTestFinished(() => clearInterval(blocking))

    await new Promise<void>((resolve) => {
      deadlines.add(
        new Item(20, (due) => {
          deadlines.remove(due)
          resolve()
        }),
      )
    })

    expect(deadlines.count).toBe(0)
  })
})
