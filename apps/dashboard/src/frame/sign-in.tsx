import { ApiError } from '@sluice/client'
import { PageRefusal } from '../data/describe-error.ts'
import { hasIssuer, issuerAddress, signIn } from '../data/session.ts'
import { Problem } from '../parts/notes.tsx'
import { useSubmit } from '../parts/use-submit.ts'

/** The API speaks of headers, which no person has typed. */
const UNKNOWN_KEY = 'This key is not known, has expired or was revoked.'

/** Asks for an API key. */
export function SignIn() {
  const { error, isRunning, onSubmit } = useSubmit(async (form) => {
    await signIn((new FormData(form).get('key') as string).trim()).catch((refusal: unknown) => {
      throw refusal instanceof ApiError && refusal.status === 401
        ? new PageRefusal(UNKNOWN_KEY, 'Not signed in')
        : refusal
    })
  })

  return (
    <main class="sign-in">
      <form class="card" onSubmit={onSubmit}>
        <div class="card-body stack">
          <h1>Sign in to Sluice</h1>
          <div class="field">
            <label for="key">API key</label>
            <input id="key" name="key" type="password" class="input" required autocomplete="current-password" />
            <span class="hint">It begins with slk1_. What you see and can do depends on its role.</span>
          </div>
          {error !== undefined && <Problem error={error} />}
          <button class="button" data-kind="primary" disabled={isRunning}>
            Sign in
          </button>
          {hasIssuer && (
            <a class="button" href={issuerAddress()}>
              Sign in with your organisation
            </a>
          )}
        </div>
      </form>
    </main>
  )
}
