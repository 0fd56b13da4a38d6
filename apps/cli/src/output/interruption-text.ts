import type { Interruption } from '@sluice/client'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { oneLine } from './words.ts'

/** Interruptions as a table. */
export const interruptionList: Printer<Interruption> = {
  fields: ['at', 'reason', 'message', 'value', 'threshold', 'counts'],
  text: (interruptions) => {
    if (interruptions.length === 0) return 'The batch was never interrupted.'
    return renderTable(interruptions, [
      { title: 'AT', value: ({ at }) => at },
      { title: 'REASON', value: ({ reason }) => reason },
      { title: 'WHY', isLong: true, value: ({ message }) => oneLine(message, 200) },
    ])
  },
}
