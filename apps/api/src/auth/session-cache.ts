import { type Engine, findSession, isProlongationDue, prolongSession, type Session } from '@sluice/engine'
import { type ReadAges, RecentReads } from './recent-reads.ts'

/** What a process knows of a session. */
export interface KnownSession {
  session: Session
  /** The hash of its secret. */
  hash: string
  /** When it expires by the monotonic clock of the process, in ms. */
  expiresAt: number
  /** Whether its next use prolongs it. */
  isProlongationDue: boolean
}

/** The sessions that a process has read lately. */
export class SessionCache extends RecentReads<KnownSession> {
  readonly #engine: Engine

  constructor(engine: Engine, ages?: Partial<ReadAges>) {
    super((id) => readKnown(engine, id), ages)
    this.#engine = engine
  }

  /** A session whose client is who it claims to be lasts longer. No request waits for that. */
  noteUse(known: KnownSession): void {
    if (!known.isProlongationDue) return
    known.isProlongationDue = false
    prolongSession(this.#engine, known.session).catch(() => {})
  }
}

async function readKnown(engine: Engine, id: string): Promise<KnownSession | undefined> {
  const startedAt = performance.now()
  const found = await findSession(engine, id)
  if (found === undefined) return undefined
  const { session, hash, readAt } = found
  const expiresAt = startedAt + session.expiresAt.getTime() - readAt
  return { session, hash, expiresAt, isProlongationDue: isProlongationDue(found) }
}
