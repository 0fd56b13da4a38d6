import { isSlotWanted, type Engine } from '@sluice/engine'

/** An answer is good for so long: the slots of a process ask once, not each for itself. */
const KEPT_MS = 50

/** What this process knows of whether others wait for the slots it has. */
export class SlotDemand {
  readonly #engine: Engine
  readonly #answers = new Map<string, { askedAt: number; answer: Promise<boolean> }>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async isWanted(queue: string): Promise<boolean> {
    const known = this.#answers.get(queue)
    if (known && performance.now() - known.askedAt < KEPT_MS) return await known.answer
    // Giving a slot up in vain does little harm; keeping one that is wanted would.
    const answer = isSlotWanted(this.#engine, queue).catch(() => true)
    this.#answers.set(queue, { askedAt: performance.now(), answer })
    return await answer
  }
}
