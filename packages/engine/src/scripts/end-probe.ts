import { defineScript } from './define-script.ts'

/** `passed`: the upstream accepted the call. `unknown`: the call never arrived. */
export type ProbeResult = 'passed' | 'unknown'

/** A probe that has ended. */
export interface EndedProbe {
  result: ProbeResult
  /** The epoch of the call's permit. */
  epoch: number
}

/** Reports the result of a probe. */
export const endProbeScript = defineScript('end-probe', {
  keys: ['settings', 'ledger'],
  args: ['result', 'epoch', 'signals', 'name'],
  encode: (probe: EndedProbe & { signals: string; name: string }) => ({ args: probe }),
  replies: { ended: () => ({}) },
})
