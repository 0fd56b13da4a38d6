import type { RequestErrorView, TaskLine } from '@sluice/contracts'
import { showValue } from '../show-value.ts'

/** Oversized tasks that one answer names. */
const MAX_ERRORS = 10

/** Tasks of a JSON body as the engine keeps them: the text of each. */
export function taskEnvelopes(tasks: readonly TaskLine[]): string[] {
  return tasks.map((task) => JSON.stringify(task))
}

/** The tasks that are longer than they may be. */
export function findOversizedTasks(
  envelopes: readonly string[],
  maxTaskBytes: number,
  path: string,
): RequestErrorView[] {
  const errors: RequestErrorView[] = []
  for (const [i, envelope] of envelopes.entries()) {
    const bytes = envelope.length * 3 > maxTaskBytes ? Buffer.byteLength(envelope) : 0
    if (bytes <= maxTaskBytes) continue
    const message = `must be at most ${maxTaskBytes} bytes of JSON; it is ${bytes}`
    errors.push({ path: `${path}/${i}`, message, value: showValue(envelope) })
    if (errors.length === MAX_ERRORS) break
  }
  return errors
}
