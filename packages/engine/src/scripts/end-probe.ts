import { defineScript } from './define-script.ts'

/** `passed`: the upstream accepted the call. `unknown`: the call never arrived. */
export type ProbeResult = 'passed' | 'unknown'

export interface EndedProbe {
  result: ProbeResult
  /** Of the permit of the call. */
  epoch: number
}

/** Reports how a probe ended. */
export const endProbeScript = defineScript('end-probe', {
  keys: ['settings', 'ledger'],
  args: ['result', 'epoch'],
  encode: ({ result, epoch }: EndedProbe) => ({ args: { result, epoch } }),
  replies: { ended: () => ({}) },
})
