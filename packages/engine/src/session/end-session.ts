import type { Engine } from '../engine.ts'
import { endSessionScript } from '../scripts/end-session.ts'
import { sendSignal } from '../signals.ts'

/** Ends a session. It is no error if it has ended before. */
export async function endSession(engine: Engine, id: string): Promise<void> {
  await endSessionScript.run(engine.redis, engine.keys.sessions, { id })
  await sendSignal(engine, { kind: 'session', id })
}
