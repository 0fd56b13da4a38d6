/** What is wrong with a text that is not JSON, and where. */
export interface JsonFlaw {
  /** Characters before the flaw. */
  at: number
  message: string
}

/** Finds out why a text is not JSON. Undefined: it is. */
export function findJsonFlaw(text: string): JsonFlaw | undefined {
  const message = parseError(text)
  return message === undefined ? undefined : { at: findEnd(text), message }
}

/**
 * The engine does not always say where it has stopped. It has read on to the end of each beginning that could be continued,
 * so the longest of these is found by halving.
 */
function findEnd(text: string): number {
  let [fine, broken] = [0, text.length + 1]
  while (broken - fine > 1) {
    const middle = (fine + broken) >> 1
    if (canContinue(text.slice(0, middle))) fine = middle
    else broken = middle
  }
  return fine
}

function canContinue(text: string): boolean {
  const message = parseError(text)
  if (message === undefined || message.startsWith('Unexpected end')) return true
  const [, position] = /at position (\d+)/.exec(message) ?? []
  return Number(position) === text.length
}

function parseError(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
