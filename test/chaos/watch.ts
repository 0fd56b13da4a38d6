import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchView } from '../../packages/contracts/src/index.ts'
import type { Random } from '../../packages/engine/test/support/random.ts'
import type { Stage } from './stage.ts'

/** A stream that is silent for so long is opened again, as a client would behind a proxy. A live one says nothing new. */
const SILENT_MS = 4000

/**
 * Follows the event stream of a batch until its `end`, opening it again whenever it breaks off, and returns what `end` says.
 * Returns undefined if the batch is gone, or when the signal is aborted.
 */
export async function watchToEnd(stage: Stage, random: Random, id: string, signal: AbortSignal) {
  while (!signal.aborted) {
    const seen = await followOnce(`${random.pick(stage.apis).baseUrl}/v1/batches/${id}/events`, signal)
    if (seen.kind === 'end') return seen.view
    if (seen.kind === 'gone') return undefined
    await sleep(random.int(20, 300))
  }
  return undefined
}

type Seen = { kind: 'end'; view: BatchView } | { kind: 'gone' } | { kind: 'broken' }

async function followOnce(url: string, signal: AbortSignal): Promise<Seen> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), SILENT_MS)
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, silence.signal]) })
    if (response.status === 404) return { kind: 'gone' }
    if (!response.ok || !response.body) return { kind: 'broken' }
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENT_MS)
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      const end = events.find((event) => /^event: ?end$/m.test(event))
      if (end !== undefined) return { kind: 'end', view: dataOf(end) }
    }
    return { kind: 'broken' }
  } catch {
    return { kind: 'broken' }
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}

function dataOf(event: string): BatchView {
  const lines = event.split('\n').filter((line) => line.startsWith('data:'))
  return JSON.parse(lines.map((line) => line.slice('data:'.length)).join('\n')) as BatchView
}
