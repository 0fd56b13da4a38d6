import { Gate } from '../../src/gate.ts'
import { readSettings } from '../../src/read-settings.ts'
import type { GateOptions, GateOutcome } from '../../src/index.ts'
import { StandingLoop } from './standing-loop.ts'
import { TestVisit } from './test-visit.ts'

/** A gate whose ticks are short. */
export function calmGate(options: GateOptions = {}) {
  const loop = new StandingLoop()
  const told: GateOutcome[] = []
  const gate = new Gate(loop, readSettings({ acceptSprintMs: 0, ...options }), (outcome) => told.push(outcome))
  return { loop, gate, told }
}

/** A gate whose loop has been standing for so long that newcomers have to wait. */
export function lateGate(options: GateOptions = {}) {
  const parts = calmGate(options)
  parts.gate.arrive(new TestVisit())
  parts.loop.stall(45)
  return parts
}

/** A visit whose handler computes. */
export function computing(loop: StandingLoop, ms: number): () => TestVisit {
  return () => {
    const visit = new TestVisit()
    visit.handler = () => loop.stall(ms)
    return visit
  }
}
