import type { ChangeLimitBody, PutLimitBody } from '@sluice/contracts'
import { checkName } from '../intake/check-name.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { checkRules } from './check-rules.ts'

type Setting = 'rules' | 'burstFactor' | 'adaptive' | 'maxPauseMs'

/**
 * The settings in a body, without the read-only members that may be sent back. Throws `RequestInvalidError` for what the
 * schema cannot express.
 */
export function sentSettings<Body extends PutLimitBody | ChangeLimitBody>(
  limit: string,
  { name, rules, burstFactor, adaptive, maxPauseMs }: Body,
): Pick<Body, Setting> {
  const errors = [...checkName(limit, name), ...checkRules(rules ?? [])]
  if (errors.length > 0) throw new RequestInvalidError(errors)
  const known = rules?.map(({ unit, max, perMs }) => ({ unit, max, perMs }))
  return { rules: known, burstFactor, adaptive, maxPauseMs } as Pick<Body, Setting>
}
