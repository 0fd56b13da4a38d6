import { HttpPayload } from '@sluice/contracts'
import { Compile } from 'typebox/compile'
import { describeViolations, type Violation } from './describe-violations.ts'

const validator = Compile(HttpPayload)

const NONE: readonly Violation[] = []

/** Everything that is wrong with the payload of an `http` task. The paths begin with `/payload`. */
export function findHttpFlaws(payload: unknown): readonly Violation[] {
  const isValid = validator.Check(payload)
  // Nearly all payloads end here: parsing each URL would take as long as all other checks of a task.
  if (isValid && !payload.url.includes('@') && URL.canParse(payload.url)) return NONE
  const flaws = isValid ? findUrlFlaws(payload) : describeViolations(validator, payload)
  return flaws.map(({ path, message, value }) => ({
    path: `/payload${path}`,
    message,
    // A header may hold a credential, and answers are logged by those who get them.
    value: path.startsWith('/headers') ? undefined : value,
  }))
}

/** What the pattern of a URL cannot express. */
function findUrlFlaws({ url: text }: HttpPayload): readonly Violation[] {
  const url = URL.parse(text)
  if (url === null)
    return [{ path: '/url', message: 'must be an absolute URL with a valid host', value: text.slice(0, 100) }]
  if (url.username === '' && url.password === '') return []
  return [
    { path: '/url', message: 'must not contain a user name or a password; send them in a header', value: undefined },
  ]
}
