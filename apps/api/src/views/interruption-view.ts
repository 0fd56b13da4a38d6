import type { InterruptionView } from '@sluice/contracts'
import type { Interruption } from '@sluice/engine'

/** An interruption as the API shows it. */
export function interruptionView({ reason, message, value, threshold, at, counts }: Interruption): InterruptionView {
  return { reason, message, value, threshold, at: at.toISOString(), counts }
}
