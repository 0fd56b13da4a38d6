import { Gate } from '../../src/gate.ts'
import { readSettings } from '../../src/read-settings.ts'
import type { GateOptions, GateOutcome } from '../../src/index.ts'
import { StandingLoop } from './standing-loop.ts'
import { TestVisit } from './test-visit.ts'

/** A gate whose ticks are short. */
export function calmGate(options: GateOptions = {}) {
  const loop = new StandingLoop()
  const reported: GateOutcome[] = []
  const gate = new Gate(loop, readSettings({ acceptSprintMs: 0, ...options }), (outcome) => reported.push(outcome))
  return { loop, gate, reported }
}

/** A gate whose current tick is so long that new requests are held. */
export function lateGate(options: GateOptions = {}) {
  const parts = calmGate(options)
  parts.gate.arrive(new TestVisit())
  parts.loop.stall(45)
  return parts
}

/** Makes visits whose handlers compute for some time. */
export function computing(loop: StandingLoop, ms: number): () => TestVisit {
  return () => {
    const visit = new TestVisit()
    visit.handler = () => loop.stall(ms)
    return visit
  }
}
