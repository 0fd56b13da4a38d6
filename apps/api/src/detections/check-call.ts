import type { CreateDetectionBody, RequestErrorView } from '@sluice/contracts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { showValue } from '../intake/show-value.ts'

/** Checks what the schema of a detection cannot. Throws `RequestInvalidError`. */
export function checkCall({ url }: CreateDetectionBody): void {
  const flaw = findUrlFlaw(url)
  if (flaw !== undefined) throw new RequestInvalidError([flaw])
}

function findUrlFlaw(url: string): RequestErrorView | undefined {
  if (!URL.canParse(url)) return { path: 'body/url', message: 'must be a URL', value: showValue(url) }
  const { username, password } = new URL(url)
  if (username === '' && password === '') return undefined
  // Neither the error nor the detection shows it.
  return { path: 'body/url', message: 'must not contain a user name or a password. Send them as a header' }
}
