import { createParser } from 'eventsource-parser'
import type { Caller } from './caller.ts'
import type { FleetEvent } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { reopening, SILENT_MS } from './reopen.ts'
import { readText } from './stream.ts'

/** A topic of a stream of events. */
export type Topic = 'batches' | 'queues' | 'limits' | 'workers' | 'system'

/** What to stream, and how. */
export interface EventsOptions extends RequestOptions {
  topics?: readonly Topic[] | undefined
  /** The id of a batch to follow, or `code:<code>`: the topic `batch`. */
  batch?: string | undefined
}

/** Yields events until the signal is aborted. A stream that breaks is opened again, and begins with snapshots. */
export function watchEvents(caller: Caller, options: EventsOptions): AsyncGenerator<FleetEvent> {
  return reopening(() => readEvents(caller, options), options.signal)
}

async function* readEvents(caller: Caller, { topics, batch, ...options }: EventsOptions): AsyncGenerator<FleetEvent> {
  const query = { topics: topics?.join(), batch }
  const request = { operation: 'watchEvents' as const, query, headers: { accept: 'text/event-stream' } }
  const { response } = await caller.transport.send(request, { ...options, maxRetries: 0 }, async () => undefined)
  const events: FleetEvent[] = []
  const parser = createParser({ onEvent: ({ data }) => void events.push(JSON.parse(data) as FleetEvent) })
  for await (const text of readText(response, SILENT_MS, options.signal)) {
    parser.feed(text)
    yield* events.splice(0)
  }
}
