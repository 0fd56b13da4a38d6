import type { PutLimitBody, RequestErrorView } from '@sluice/contracts'
import { REQUESTS } from '@sluice/engine'

/** Checks what the schema of a limit cannot: rules must differ, and a misspelt `requests` would never count a call. */
export function checkRules(rules: PutLimitBody['rules']): RequestErrorView[] {
  return rules.flatMap(({ unit, perMs }, i) => {
    const path = `body/rules/${i}`
    if (unit !== REQUESTS && /^(requests?|calls?)$/i.test(unit)) {
      return [{ path: `${path}/unit`, message: `must be "${REQUESTS}" to count calls`, value: unit }]
    }
    const first = rules.findIndex((rule) => rule.unit === unit && rule.perMs === perMs)
    const message = `must not have the same unit and window as body/rules/${first}`
    return first < i ? [{ path, message, value: `${unit} per ${perMs} ms` }] : []
  })
}
