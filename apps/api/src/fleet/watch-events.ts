import { operations, type Permission } from '@sluice/contracts'
import {
  BatchNotFoundError,
  type Engine,
  type Reach,
  readBatch,
  type Topic,
  type TopicEvent,
  watchBatch,
  watchTopic,
} from '@sluice/engine'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { PermissionMissingError } from '../auth/auth-errors.ts'
import { endWithCredential } from '../auth/end-with-credential.ts'
import { EventWriter, whenClosed } from '../http/event-writer.ts'
import { principalOf } from '../http/principal.ts'
import { headRoute, type RequestOf, route } from '../http/route.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { fleetEventText, type FleetViews, type StreamTopic } from './fleet-event-text.ts'
import { systemView } from './system-view.ts'

type WatchRequest = RequestOf<typeof operations.watchEvents>

/** The events of a topic, of which the first was taken. */
interface Source {
  topic: StreamTopic
  first: IteratorResult<TopicEvent, unknown>
  following: AsyncGenerator<TopicEvent>
}

/** The route that streams what happens in the installation. */
export const watchEventsRoute: FastifyPluginAsync<ApiContext> = async (app, context) => {
  const { engine, stopping, bounds, eventStreams } = context

  route(app, operations.watchEvents, async (request, reply) => {
    const reach = principalOf(request)
    const topics = topicsOf(request)
    eventStreams.take(reply, reach.quotaId)
    const key = endWithCredential(context, request)
    const ending = new AbortController()
    const signal = AbortSignal.any([stopping, whenClosed(reply), key.signal, ending.signal])
    const views: FleetViews = {
      system: (status) => systemView(app, { eventStreams: eventStreams.open }, status),
      reach,
    }
    const writer = new EventWriter(reply, signal, bounds.stallMs)
    const sources = open(engine, { topics, batch: request.query.batch, reach, signal })
    try {
      // After the stream has begun, a problem document can no longer be sent.
      const begun = await Promise.all(
        sources.map(async (source) => ({ ...source, first: await source.following.next() })),
      )
      await sendAll(begun, (topic, event) => writer.send(event.kind, fleetEventText(topic, event, views)), request)
    } finally {
      ending.abort()
      await Promise.all(sources.map(({ following }) => following.return(undefined)))
      key.release()
    }
  })

  headRoute(app, operations.watchEvents, async (request) => {
    topicsOf(request)
    if (request.query.batch !== undefined) await readBatch(engine, request.query.batch)
  })
}

/** Throws `RequestInvalidError` if nothing is asked for, and `PermissionMissingError` for a topic that is not permitted. */
function topicsOf(request: WatchRequest): Topic[] {
  const { topics: asked, batch } = request.query
  if (asked === undefined && batch === undefined) {
    throw new RequestInvalidError([{ path: 'query', message: 'must have topics or batch: they say what is streamed' }])
  }
  const topics = [...new Set(asked?.split(','))] as Topic[]
  for (const topic of topics) checkPermission(request, `${topic}:read`)
  return topics
}

function checkPermission(request: FastifyRequest, permission: Permission): void {
  if (principalOf(request).permissions.has(permission)) return
  throw new PermissionMissingError(permission, `The topic needs the permission ${permission}, which this client lacks.`)
}

interface Asked {
  topics: readonly Topic[]
  batch: string | undefined
  reach: Reach
  signal: AbortSignal
}

function open(engine: Engine, { topics, batch, reach, signal }: Asked): Omit<Source, 'first'>[] {
  const ofTopics = topics.map((topic) => ({ topic, following: watchTopic(engine, topic, { reach, signal }) }))
  if (batch === undefined) return ofTopics
  return [...ofTopics, { topic: 'batch', following: eventsOfBatch(engine, batch, signal) }]
}

/** The events of one batch. Once it is finished, nothing follows. */
async function* eventsOfBatch(engine: Engine, id: string, signal: AbortSignal): AsyncGenerator<TopicEvent> {
  let isFirst = true
  try {
    for await (const batch of watchBatch(engine, id, { signal })) {
      yield isFirst ? { kind: 'snapshot', objects: [batch] } : { kind: 'change', id, object: batch }
      isFirst = false
    }
  } catch (error) {
    if (isFirst || !(error instanceof BatchNotFoundError)) throw error
    yield { kind: 'gone', id }
  }
}

type Send = (topic: StreamTopic, event: TopicEvent) => Promise<void>

/** Sends the events of all sources until they end. The first error ends the stream: the client opens it again. */
async function sendAll(sources: readonly Source[], send: Send, { log }: FastifyRequest): Promise<void> {
  try {
    await Promise.all(
      sources.map(async ({ topic, first, following }) => {
        if (!first.done) await send(topic, first.value)
        for await (const event of following) await send(topic, event)
      }),
    )
    // A stream about a finished batch alone stays open, like any other: an EventSource would open it again.
  } catch (error) {
    log.warn({ err: error }, 'event stream ended by an error')
  }
}
