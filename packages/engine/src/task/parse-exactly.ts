/** Node has it; the library of TypeScript does not name it yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }

/**
 * What only a number contains that JavaScript writes differently: many digits, a zero at the end of its fraction, an
 * exponent, or a negative zero. Text of strings may look like it, which only costs time.
 */
const MAY_ROUND = /(?:^|[[:,\s])-?(?:[\d.]{16}|\d+\.\d*0(?!\d)|[\d.]+[eE])|-0(?![.\d])/

/**
 * Parses JSON without losing a digit: a number that JavaScript would write differently becomes a `JSON.rawJSON` object,
 * which `JSON.stringify` writes as it was sent.
 */
export function parseExactly(json: string): unknown {
  return MAY_ROUND.test(json) ? JSON.parse(json, keepDigits) : JSON.parse(json)
}

function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value
}
