import { batch as inOneStep, computed, effect, type Signal, signal as createSignal } from '@preact/signals'
import type { Batch, FleetEvent, Limit, Queue, System, Tick, Topic, Worker } from '@sluice/client'
import { useEffect, useRef } from 'preact/hooks'
import { heard, isAwake, missed } from './connection.ts'
import { identity, refreshIdentity, sluice } from './session.ts'
import { type Query, useQuery } from './use-query.ts'

/** What the stream sends of each topic. */
interface Objects {
  batches: Batch
  batch: Batch
  queues: Queue
  limits: Limit
  workers: Worker
  system: System
}

type Known<Name extends keyof Objects> = Signal<ReadonlyMap<string, Objects[Name]> | undefined>

/** What the stream has sent, by topic and id. Undefined: the stream does not tell, so that pages must ask. */
const known: { [Name in keyof Objects]: Known<Name> } = {
  batches: createSignal(undefined),
  batch: createSignal(undefined),
  queues: createSignal(undefined),
  limits: createSignal(undefined),
  workers: createSignal(undefined),
  system: createSignal(undefined),
}

/** How the installation went on in the last minutes, oldest first. */
export const ticks = createSignal<readonly Tick[]>([])

const MAX_TICKS = 600

/** How many parts of the page want each topic; of the topic `batch`, each batch. */
const wanted = createSignal<ReadonlyMap<string, number>>(new Map())

/** The topics of the stream, as a text that changes only if they do. */
const topics = computed(() => [...wanted.value.keys()].toSorted().join())

/** The stream ticks once a second. */
const SILENT_MS = 5000

/** A page that is left and the one that follows want their topics in one step. */
const SETTLE_MS = 30

const REOPEN_MS = 15_000

/** Whether somebody uses the page. A role that changes reopens no stream. */
const isSignedIn = computed(() => identity.value.kind === 'signed_in')

effect(() => {
  const { value: names } = topics
  if (!isAwake.value || !isSignedIn.value || names === '') return
  const closing = new AbortController()
  void follow(names.split(','), closing.signal)
  return () => closing.abort()
})

/** Follows topics until the signal is aborted. While it has no stream, pages ask instead. */
async function follow(names: readonly string[], signal: AbortSignal): Promise<void> {
  await sleep(SETTLE_MS)
  while (!signal.aborted) {
    await withSlot(() => readStream(names, signal))
    if (signal.aborted) return
    await refreshIdentity()
    await sleep(REOPEN_MS)
  }
}

/**
 * Browsers open six connections to a host over HTTP/1.1, for all tabs together. A seventh stream would keep every request of
 * its tab waiting, so that only so many tabs have streams. The others ask.
 */
const MAX_STREAMS = 4

/** Runs with one of the streams that all tabs share, or not at all. Browsers count them only for pages over TLS or loopback. */
async function withSlot(run: () => Promise<void>): Promise<void> {
  if (!isSecureContext) return await run()
  for (let slot = 0; slot < MAX_STREAMS; slot += 1) {
    const hasRun = await navigator.locks.request(`sluice-stream-${slot}`, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await run()
      return lock !== null
    })
    if (hasRun) return
  }
}

async function readStream(names: readonly string[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let heardAt = Date.now()
  let firstTopic: string | undefined
  const watchdog = setInterval(() => {
    if (Date.now() - heardAt > SILENT_MS) giveUp()
  }, 1000)
  try {
    for await (const event of sluice.events({ ...queryOf(names), signal })) {
      if (signal.aborted) break
      heardAt = Date.now()
      heard()
      inOneStep(() => apply(event))
      if (event.kind !== 'snapshot') continue
      firstTopic ??= event.topic
      // The stream was opened, perhaps again: the session may have ended before, and the API serves anonymous clients, too.
      if (event.topic === firstTopic) void refreshIdentity()
    }
  } catch {
    // Pages ask, and show why they get no answer.
  }
  clearInterval(watchdog)
  if (!signal.aborted) giveUp()
}

function queryOf(names: readonly string[]) {
  const batch = names.find((name) => name.startsWith('batch:'))?.slice('batch:'.length)
  const others = names.filter((name) => !name.startsWith('batch:')) as Topic[]
  return { topics: others.length === 0 ? undefined : others, batch }
}

function giveUp(): void {
  missed()
  inOneStep(() => {
    for (const topic of Object.values(known)) topic.value = undefined
  })
}

function apply(event: FleetEvent): void {
  if (event.kind === 'tick') {
    ticks.value = [...ticks.value.slice(1 - MAX_TICKS), event]
    return
  }
  const topic = known[event.topic] as Signal<ReadonlyMap<string, object> | undefined>
  if (event.kind === 'snapshot') {
    topic.value = new Map(event.objects.map((object) => [idOf(object), object]))
    return
  }
  const objects = new Map(topic.value)
  if (event.kind === 'gone') objects.delete(event.id)
  else objects.set(event.id, event.object)
  topic.value = objects
}

function idOf(object: Batch | Queue | Limit | Worker | System): string {
  if ('id' in object) return object.id
  return 'name' in object ? object.name : 'system'
}

/** Wants a topic as long as the part of the page is shown. Undefined: none. */
function useWanted(name: string | undefined): void {
  useEffect(() => {
    if (name === undefined) return
    count(name, 1)
    return () => count(name, -1)
  }, [name])
}

function count(name: string, by: 1 | -1): void {
  const next = new Map(wanted.peek())
  const number = (next.get(name) ?? 0) + by
  if (number === 0) next.delete(name)
  else next.set(name, number)
  wanted.value = next
}

/**
 * The objects of a topic: from the stream, or by asking while there is none.
 *
 * @param mayRead whether the person may read them. If not, there are none.
 */
export function useTopic<Name extends Topic>(
  name: Name,
  load: (signal: AbortSignal) => PromiseLike<Objects[Name][]>,
  mayRead = true,
): Query<Objects[Name][]> {
  useWanted(mayRead ? name : undefined)
  const { value: objects } = known[name] as Known<Name>
  const rows = objects && [...objects.values()]
  return useEither(name, mayRead ? rows : [], load)
}

/** One batch: from the stream, or by asking while there is none. */
export function useBatch(id: string): Query<Batch> {
  useWanted(`batch:${id}`)
  const streamed = known.batch.value?.get(id)
  return useEither(`batch ${id}`, streamed, (signal) => sluice.batches.get(id, { signal, maxRetries: 0 }))
}

/** One object of a topic: from the stream, or by asking while the stream does not have it. */
export function useObject<Name extends 'queues' | 'limits'>(
  name: Name,
  id: string | null | undefined,
  load: (id: string, signal: AbortSignal) => PromiseLike<Objects[Name]>,
  mayRead = true,
): Objects[Name] | undefined {
  const isWanted = mayRead && id !== null && id !== undefined
  useWanted(isWanted ? name : undefined)
  const streamed = isWanted ? (known[name] as Known<Name>).value?.get(id) : undefined
  const { data } = useQuery(
    `${name} ${isWanted ? id : ''}`,
    async (signal) => (isWanted ? await load(id, signal) : undefined),
    { isOff: !isWanted || streamed !== undefined },
  )
  return streamed ?? data
}

/** A page of a list. */
interface ListPage<Row> {
  rows: readonly Row[]
  nextCursor: string | null
}

/** Objects of a topic that the stream has at most. */
const MOST_STREAMED = 200

/** A page of a list whose first objects the stream has: while it has all of them, the page asks for nothing. */
export function useTopicPage<Name extends 'queues' | 'limits'>(
  name: Name,
  cursor: string | undefined,
  load: (signal: AbortSignal) => PromiseLike<ListPage<Objects[Name]>>,
): Query<ListPage<Objects[Name]>> {
  useWanted(name)
  const { value: objects } = known[name] as Known<Name>
  const isWhole = cursor === undefined && objects !== undefined && objects.size < MOST_STREAMED
  const rows = isWhole ? [...objects.values()].toSorted(byName) : undefined
  return useEither(`${name} ${cursor}`, rows && { rows, nextCursor: null }, load)
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

/** What the stream knows of a batch that a list shows. */
export function useBatchesById(): ReadonlyMap<string, Batch> | undefined {
  useWanted('batches')
  return known.batches.value
}

function useEither<Data>(
  key: string,
  streamed: Data | undefined,
  load: (signal: AbortSignal) => PromiseLike<Data>,
): Query<Data> {
  const query = useQuery(key, load, { isOff: streamed !== undefined })
  const last = useRef<{ key: string; data: Data | undefined }>({ key, data: undefined })
  const data = streamed ?? query.data ?? (last.current.key === key ? last.current.data : undefined)
  last.current = { key, data }
  return { data, error: streamed === undefined ? query.error : undefined, refresh: query.refresh }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
