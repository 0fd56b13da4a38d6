import { isSlotWanted, type Engine } from '@sluice/engine'

/** All tickets of a process share one answer for this long, instead of each asking for itself. */
const MAX_AGE_MS = 50

/** Tells whether other tickets wait for a slot of a queue. */
export class SlotDemand {
  readonly #engine: Engine
  readonly #answers = new Map<string, { askedAt: number; answer: Promise<boolean> }>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async isWanted(queue: string): Promise<boolean> {
    const cached = this.#answers.get(queue)
    if (cached && performance.now() - cached.askedAt < MAX_AGE_MS) return await cached.answer
    // Without an answer the slot counts as wanted: giving it up in vain costs little, keeping it would starve others.
    const answer = isSlotWanted(this.#engine, queue).catch(() => true)
    this.#answers.set(queue, { askedAt: performance.now(), answer })
    return await answer
  }
}
