/** A task names its type in a member that may be written with escapes. Most tasks have neither this text nor escapes. */
const MAY_NAME_A_TYPE = /"type"|\\u/

/**
 * Returns the types that envelopes name, each with the index of the last envelope that names it. The type '' stands for
 * envelopes that name none.
 */
export function typesIn(envelopes: readonly string[]): Map<string, number> {
  return new Map(envelopes.map((envelope, i) => [typeIn(envelope), i]))
}

function typeIn(envelope: string): string {
  // Parsing each envelope would take longer than all other steps of an append.
  if (!MAY_NAME_A_TYPE.test(envelope)) return ''
  return (JSON.parse(envelope) as { type?: string }).type ?? ''
}
