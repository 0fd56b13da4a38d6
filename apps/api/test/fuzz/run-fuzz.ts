import { Random } from '../../../../packages/engine/test/support/random.ts'
import { percentile } from '@sluice/testing'
import { type DocumentedOperation, readOperations } from './api-document.ts'
import { Connection, type Piece } from './connection.ts'
import { type Conversation, conversationKinds, createConversation } from './conversations.ts'
import { bytesOf, draftRequest, type Draft } from './draft.ts'
import { Findings } from './findings.ts'
import type { Footprint } from './inspector.ts'
import { Judge } from './judge.ts'
import { requestSpoilers } from './spoil-request.ts'
import type { FuzzPrincipal } from './principals.ts'
import { Stage } from './stage.ts'
import { markDraft, TenantWatch } from './tenant-watch.ts'
import type { Answer } from './answer.ts'
import { World } from './world.ts'

/** Connections that send at once. */
const LANES = 16

/** One of so many requests is a conversation by the byte. */
const CONVERSATION_EVERY = 40

/** The share of requests that come before the first look at the memory: code is compiled, and caches fill. */
const WARM_UP = 0.3

/** What one run did and found. */
export interface FuzzRun {
  requests: number
  conversations: number
  durationMs: number
  kinds: Record<string, number>
  /** Requests of each principal. */
  principals: Record<string, number>
  statuses: Record<string, number>
  /** Operations that were asked, and those that succeeded at least once. */
  asked: string[]
  succeeded: string[]
  latencies: { p50: number; p99: number; max: number }
  before: Footprint
  after: Footprint
  findings: string[]
}

/** Sends generated requests to an API, and judges each answer. */
export async function runFuzz(seed: number, requests: number): Promise<FuzzRun> {
  const stage = await Stage.open()
  try {
    const response = await fetch(`http://127.0.0.1:${stage.port}/openapi.json`)
    return await new Fuzz(stage, seed, readOperations(await response.json())).perform(requests)
  } finally {
    await stage.close()
  }
}

class Fuzz {
  readonly #stage: Stage
  readonly #seed: number
  readonly #operations: readonly DocumentedOperation[]
  readonly #judge: Judge
  readonly #world: World
  readonly #tenants = new TenantWatch()
  readonly #findings: Findings
  readonly #kinds: Record<string, number> = {}
  readonly #principals: Record<string, number> = {}
  readonly #statuses: Record<string, number> = {}
  readonly #asked = new Set<string>()
  readonly #succeeded = new Set<string>()
  readonly #latencies: number[] = []
  #next = 0
  #conversations = 0

  constructor(stage: Stage, seed: number, operations: readonly DocumentedOperation[]) {
    this.#stage = stage
    this.#seed = seed
    this.#operations = operations
    this.#judge = new Judge(operations, stage.secrets)
    this.#world = new World(stage.upstreamUrl, stage.principals.secrets)
    this.#findings = new Findings(seed)
  }

  async perform(requests: number): Promise<FuzzRun> {
    const startedAt = performance.now()
    await this.#sendUntil(Math.round(requests * WARM_UP))
    const before = await this.#stage.inspector.measure()
    await this.#sendUntil(requests)
    const durationMs = Math.round(performance.now() - startedAt)
    const after = await this.#stage.inspector.measure()
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(this.#latencies, share)) as [
      number,
      number,
      number,
    ]
    return {
      requests: this.#next - this.#conversations,
      conversations: this.#conversations,
      durationMs,
      kinds: this.#kinds,
      principals: this.#principals,
      statuses: this.#statuses,
      asked: [...this.#asked].toSorted(),
      succeeded: [...this.#succeeded].toSorted(),
      latencies: { p50, p99, max },
      before,
      after,
      findings: [...(await this.#findings.describe(this.#stage.port)), ...this.#findDeaths()],
    }
  }

  /** Processes that ended, and what the API warned of: errors that nothing caught, leaks, or a secret. */
  #findDeaths(): string[] {
    const { api, worker, secrets } = this.#stage
    const dead = [api, worker].filter(({ hasExited }) => hasExited).map((ended) => ended.describe())
    const bad = /UnhandledPromise|MaxListeners|uncaught|Warning:|fuzz-client-secret/i
    const lines = api.output
      .split('\n')
      .filter((line) => bad.test(line) || secrets.slice(0, 1).some((text) => line.includes(text)))
    return [...dead, ...lines.slice(0, 5).map((line) => `the API logged: ${line.slice(0, 500)}`)]
  }

  async #sendUntil(end: number): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.#runLane(end)))
  }

  async #runLane(end: number): Promise<void> {
    let connection = new Connection(this.#stage.port)
    while (this.#next < end && !this.#stage.api.hasExited) {
      const index = this.#next++
      const random = new Random(this.#seed * 1_000_003 + index)
      if (index % CONVERSATION_EVERY === 0) await this.#converse(index, random)
      else if (!(await this.#request(connection, index, random))) {
        connection.destroy()
        connection = new Connection(this.#stage.port)
      }
    }
    connection.destroy()
  }

  /** Returns whether the connection can be used again. */
  async #request(connection: Connection, index: number, random: Random): Promise<boolean> {
    const { draft, kind } = this.#create(random)
    const principal = this.#authenticate(draft, kind, random)
    const sent = bytesOf(draft)
    const startedAt = performance.now()
    await connection.send([{ bytes: sent }])
    const answer = await connection.take(draft.method === 'HEAD').catch(String)
    this.#latencies.push(performance.now() - startedAt)
    const isLast = typeof answer === 'object' && isEndless(answer)
    if (typeof answer === 'object' && !isLast && answer.headers['connection'] === 'close') await connection.settle()

    const operation = this.#judge.resolve(draft)
    const flaw =
      this.#flawOf(draft, answer, connection) ??
      (typeof answer === 'object' ? this.#tenants.findFlaw(principal, operation, { sent, answer }) : undefined)
    this.#count(kind, operation, answer)
    if (flaw !== undefined) {
      const subject = `${operation?.id ?? 'no operation'} ${typeof answer === 'object' ? answer.status : ''}`
      this.#findings.add(subject, { index, kind, flaw, sent, received: `${show(answer)} ${connection.excess}` })
    } else if (typeof answer === 'object') this.#learn(draft, answer, principal)
    return (
      flaw === undefined &&
      !isLast &&
      !connection.isClosed &&
      typeof answer === 'object' &&
      answer.headers['connection'] !== 'close'
    )
  }

  /** Lets a principal send a draft. */
  #authenticate(draft: Draft, kind: string, random: Random): FuzzPrincipal {
    const principal = this.#stage.principals.pick(random)
    this.#principals[principal.name] = (this.#principals[principal.name] ?? 0) + 1
    if (kind === 'valid') markDraft(draft, principal)
    const { key } = principal
    if (key !== undefined)
      draft.headers.push(random.chance(0.5) ? ['authorization', `Bearer ${key}`] : ['x-api-key', key])
    return principal
  }

  #learn({ operation, path }: Draft, answer: Answer, principal: FuzzPrincipal): void {
    this.#world.learn(answer)
    this.#tenants.learn(principal, answer)
    // Of another tenant, it may exist.
    const isGone =
      answer.status === 204 ||
      (principal.reachesAll && /SLUICE_(BATCH|QUEUE|LIMIT|DETECTION)_NOT_FOUND/.test(answer.body.toString()))
    if (isGone) this.#world.forget(operation.template, path)
  }

  #create(random: Random): { draft: Draft; kind: string } {
    const operation = random.pick(this.#operations)
    const form = random.next()
    if (form < 0.2) return { kind: 'valid', draft: draftRequest(operation, random, this.#world, 0) }
    if (form < 0.35) return { kind: 'boundary', draft: draftRequest(operation, random, this.#world, 0.25) }
    const draft = draftRequest(operation, random, this.#world, 0)
    const [kind, spoil] = random.pick(Object.entries(requestSpoilers))
    spoil(draft, random, this.#world)
    return { kind, draft }
  }

  #flawOf(draft: Draft, answer: Answer | string | undefined, connection: Connection): string | undefined {
    if (typeof answer !== 'object') return `has no answer${answer === undefined ? '' : `: ${answer}`}`
    if (connection.excess !== '') return 'has more than one answer'
    try {
      return this.#judge.findFlaw(draft, answer)
    } catch (error) {
      return `cannot be read: ${String(error)}`
    }
  }

  #count(kind: string, operation: DocumentedOperation | undefined, answer: Answer | string | undefined): void {
    const status = typeof answer === 'object' ? answer.status : 'none'
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    if (operation === undefined) return
    this.#asked.add(operation.id)
    if (typeof status === 'number' && status < 300) this.#succeeded.add(operation.id)
  }

  async #converse(index: number, random: Random): Promise<void> {
    this.#conversations += 1
    const kind = conversationKinds[(index / CONVERSATION_EVERY) % conversationKinds.length] ?? ''
    const conversation = authenticated(createConversation(kind, random), this.#stage.principals.admin)
    const connection = new Connection(this.#stage.port)
    const answers = await hold(connection, conversation).catch(String)
    const flaw = this.#flawOfConversation(conversation, answers, connection)
    connection.destroy()
    if (flaw === undefined) return
    const sent = Buffer.concat(conversation.pieces.map(({ bytes }) => bytes))
    const received = typeof answers === 'string' ? answers : answers.map(show).join('\n')
    this.#findings.add(`conversation ${kind}`, { index, kind, flaw, sent, received })
  }

  #flawOfConversation({ answers: [least, most] }: Conversation, answers: Answer[] | string, connection: Connection) {
    if (typeof answers === 'string') return answers
    if (connection.excess !== '') return `has more than ${most} answers`
    if (answers.length < least) return `has ${answers.length} answers instead of ${least}`
    return answers.map((answer) => this.#judge.findGeneralFlaw(answer)).find((flaw) => flaw !== undefined)
  }
}

const HOST_LINE = 'Host: localhost\r\n'

/**
 * The same conversation with an API key in its first request. Requests that are pipelined all get the key: a refusal may
 * close the connection before the next one is answered. In other conversations, what looks like a request may be a body.
 */
function authenticated(conversation: Conversation, { key }: FuzzPrincipal): Conversation {
  const heads = Buffer.concat(conversation.pieces.map(({ bytes }) => bytes)).toString('latin1')
  const ends: number[] = []
  for (let at = heads.indexOf(HOST_LINE); at !== -1; at = heads.indexOf(HOST_LINE, at + 1))
    ends.push(at + HOST_LINE.length)
  const kept = conversation.kind.startsWith('pipeline') ? ends : ends.slice(0, 1)
  return { ...conversation, pieces: withText(conversation.pieces, kept, `x-api-key: ${key}\r\n`) }
}

/** Inserts text at positions of the whole, each in the piece that ends there or contains it. */
function withText(pieces: readonly Piece[], positions: readonly number[], text: string): Piece[] {
  let begin = 0
  return pieces.map(({ bytes, ...piece }) => {
    const end = begin + bytes.length
    const cuts = positions.filter((at) => at > begin && at <= end).map((at) => at - begin)
    begin = end
    const parts = [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i]))
    return {
      ...piece,
      bytes: Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(text), part]))),
    }
  })
}

/** Sends all pieces, and takes as many answers as there may be. */
async function hold(connection: Connection, { pieces, answers: [least, most], finishes }: Conversation) {
  const answers: Answer[] = []
  await connection.send(pieces)
  if (finishes === true) connection.finish()
  while (answers.length < most) {
    const answer = await connection.take(false, answers.length < least || finishes === true ? undefined : 200)
    if (answer === undefined) break
    answers.push(answer)
  }
  await connection.settle()
  return answers
}

function isEndless({ headers }: Answer): boolean {
  return (headers['content-type'] ?? '').startsWith('text/event-stream')
}

function show(answer: Answer | string | undefined): string {
  return typeof answer === 'object'
    ? `${answer.status} ${JSON.stringify(answer.headers)} ${answer.body.toString()}`
    : String(answer)
}
