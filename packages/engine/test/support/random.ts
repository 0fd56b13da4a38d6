import { seededRandom } from '@sluice/testing'

/** A random number generator whose sequence is determined by its seed. */
export class Random {
  /** Returns a number from 0 up to 1. */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededRandom(seed)
  }

  /** Returns an integer from `first` to `last`, inclusive. */
  int(first: number, last: number): number {
    return first + Math.floor(this.next() * (last - first + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(values: readonly T[]): T {
    return values.at(this.int(0, values.length - 1)) as T
  }
}
