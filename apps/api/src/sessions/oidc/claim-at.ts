/**
 * Returns the value of a claim.
 *
 * @param name the name of the claim, or a JSON pointer into the claims. Names may contain slashes and full stops, since many
 * are URLs: only a slash at the beginning makes a pointer.
 */
export function claimAt(claims: object, name: string): unknown {
  const steps = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((step) => unescape(step))
    : [name]
  return steps.reduce<unknown>(memberOf, claims)
}

/** RFC 6901 escapes the slash and the tilde. */
function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
