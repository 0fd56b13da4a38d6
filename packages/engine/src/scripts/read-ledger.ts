import { defineScript } from './define-script.ts'

/** Reads the current use of a limit. Times are in ms from now. */
export const readLedgerScript = defineScript('read-ledger', {
  keys: ['settings', 'ledger'],
  args: [],
  encode: () => ({ args: {} }),
  replies: {
    missing: () => ({}),
    ledger: ([nextUs, pauseUs, probing, permille, pauses, ...uses]) => ({
      nextStartMs: Math.ceil(Number(nextUs) / 1000),
      pausedMs: Math.ceil(Number(pauseUs) / 1000),
      isProbing: Number(probing) === 1,
      factor: Number(permille) / 1000,
      pauses: Number(pauses),
      /** The use of each rule, in the order of the rules. */
      uses: pairs(uses.map(Number)),
    }),
  },
})

function pairs(values: number[]): { used: number; reserved: number }[] {
  const found = []
  for (let i = 0; i < values.length; i += 2) found.push({ used: values[i] ?? 0, reserved: values[i + 1] ?? 0 })
  return found
}
