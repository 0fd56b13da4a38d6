import { Type, type Static } from 'typebox'
import type { GateConfig } from './register-gate.ts'

/** The settings of the overload gate. */
export const gateSettings = {
  SLUICE_GATE_ENABLED: Type.Boolean({
    default: true,
    description:
      'Whether requests are held while the process is busy, and refused when they could not be served in time.',
  }),
  SLUICE_GATE_BUSY_AFTER_MS: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 10_000,
    description: 'Requests are held once a tick of the event loop has been at work for requests this long, in ms.',
  }),
  SLUICE_GATE_MAX_WAIT_MS: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 60_000,
    description: 'The longest a request is held, in ms. Set it below half of what clients wait.',
  }),
  SLUICE_GATE_MIN_WAIT_MS: Type.Integer({
    default: 150,
    minimum: 1,
    maximum: 60_000,
    description: 'What that shrinks to while requests have been held without a break for as long, in ms.',
  }),
  SLUICE_GATE_CAPACITY: Type.Integer({
    default: 1024,
    minimum: 1,
    maximum: 65_536,
    description: 'Requests that can be held in each class (critical, normal, sheddable). A power of two.',
  }),
  SLUICE_GATE_MAX_HELD_BODY_BYTES: Type.Integer({
    default: 33_554_432,
    minimum: 0,
    maximum: 8_589_934_592,
    description: 'Memory that bodies of held requests may take, in bytes; each counts at most 131,072.',
  }),
  SLUICE_GATE_RELEASE_BUDGET_MS: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 1000,
    description: 'Time in which one tick of the event loop starts held requests, in ms.',
  }),
  SLUICE_GATE_TICK_TARGET_MS: Type.Integer({
    default: 12,
    minimum: 1,
    maximum: 1000,
    description: 'A tick that took longer starts none, so that requests started before get on, in ms.',
  }),
  SLUICE_GATE_ACCEPT_SPRINT_MS: Type.Integer({
    default: 50,
    minimum: 0,
    maximum: 1000,
    description: 'How long new connections may go before held requests at a time, in ms. 0: they do not.',
  }),
}

type GateSettings = { [Name in keyof typeof gateSettings]: Static<(typeof gateSettings)[Name]> }

/** The settings as the gate takes them. */
export function gateConfig(settings: GateSettings): Required<GateConfig> {
  return {
    enabled: settings.SLUICE_GATE_ENABLED,
    busyAfterMs: settings.SLUICE_GATE_BUSY_AFTER_MS,
    maxWaitMs: settings.SLUICE_GATE_MAX_WAIT_MS,
    minWaitMs: settings.SLUICE_GATE_MIN_WAIT_MS,
    capacity: settings.SLUICE_GATE_CAPACITY,
    maxHeldBodyBytes: settings.SLUICE_GATE_MAX_HELD_BODY_BYTES,
    releaseBudgetMs: settings.SLUICE_GATE_RELEASE_BUDGET_MS,
    tickTargetMs: settings.SLUICE_GATE_TICK_TARGET_MS,
    acceptSprintMs: settings.SLUICE_GATE_ACCEPT_SPRINT_MS,
  }
}

/** What is wrong between the settings of the gate. */
export function checkGateSettings(settings: GateSettings): string[] {
  const { SLUICE_GATE_CAPACITY: capacity, SLUICE_GATE_MIN_WAIT_MS: least, SLUICE_GATE_MAX_WAIT_MS: most } = settings
  const { SLUICE_GATE_RELEASE_BUDGET_MS: budget, SLUICE_GATE_TICK_TARGET_MS: target } = settings
  return [
    ...(Number.isInteger(Math.log2(capacity)) ? [] : [`SLUICE_GATE_CAPACITY: must be a power of two, got ${capacity}`]),
    ...(least <= most ? [] : [`SLUICE_GATE_MIN_WAIT_MS: ${least} is above SLUICE_GATE_MAX_WAIT_MS, ${most}`]),
    ...(budget <= target
      ? []
      : [`SLUICE_GATE_RELEASE_BUDGET_MS: ${budget} is above SLUICE_GATE_TICK_TARGET_MS, ${target}`]),
  ]
}
