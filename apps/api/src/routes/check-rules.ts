import type { LimitBody, RequestErrorView } from '@sluice/contracts'
import { REQUESTS } from '@sluice/engine'

/** What the schema of a limit cannot say: rules must differ, and a misspelt `requests` would never count anything. */
export function checkRules(rules: LimitBody['rules']): RequestErrorView[] {
  return rules.flatMap(({ unit, perMs }, i) => {
    const path = `body/rules/${i}`
    if (unit !== REQUESTS && /^(requests?|calls?)$/i.test(unit)) {
      return [{ path: `${path}/unit`, message: `must be "${REQUESTS}" to count calls`, value: unit }]
    }
    const first = rules.findIndex((rule) => rule.unit === unit && rule.perMs === perMs)
    const message = `is for the same unit and time as body/rules/${first}`
    return first < i ? [{ path, message, value: `${unit} per ${perMs} ms` }] : []
  })
}
