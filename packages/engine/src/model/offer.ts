/** What a worker offers to run: it announces this with its beats. */
export interface Offer {
  /** The queues that it serves. */
  queues: readonly string[] | 'all'
  /** The types that it handles. */
  types: readonly string[]
}

/** An offer, and how many workers that are alive make it. */
export interface CountedOffer extends Offer {
  workers: number
}

/** Returns whether a worker with this offer serves a queue. */
export function serves({ queues }: Offer, queue: string): boolean {
  return queues === 'all' || queues.includes(queue)
}

/** Returns whether a worker with this offer runs the tasks of a batch of a queue that has tasks of these types. */
export function canRun(offer: Offer, queue: string, types: readonly string[]): boolean {
  return serves(offer, queue) && types.every((type) => offer.types.includes(type))
}

/** Returns the offers of workers that are alive and serve a queue. */
export function offersFor(queue: string, offers: readonly CountedOffer[]): CountedOffer[] {
  return offers.filter((offer) => offer.workers > 0 && serves(offer, queue))
}

/**
 * Encodes an offer. Workers with equal offers have equal texts. Throws a `TypeError` if a type contains a line break.
 */
export function encodeOffer({ queues, types }: Offer): string {
  return JSON.stringify({ queues: queues === 'all' ? queues : queues.toSorted(), types: checkTypes(types).toSorted() })
}

/** Decodes an offer. */
export function decodeOffer(text: string): Offer {
  return JSON.parse(text) as Offer
}

/** Encodes types for scripts: one in each line. Throws a `TypeError` if a type contains a line break. */
export function encodeTypes(types: readonly string[]): string {
  return checkTypes(types).join('\n')
}

/** Decodes the types that a script stores. */
export function decodeTypes(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}

/** Returns the types. Throws a `TypeError` if one contains a line break, which separates types in Redis. */
export function checkTypes(types: readonly string[]): readonly string[] {
  const wrong = types.find((type) => type.includes('\n'))
  if (wrong === undefined) return types
  throw new TypeError(`${JSON.stringify(wrong)} is not a task type, because it contains a line break.`)
}
