import { useState } from 'preact/hooks'
import { hasIssuer, issuerAddress, signIn } from '../data/session.ts'
import { Problem } from '../parts/notes.tsx'

/** Asks for an API key. */
export function SignIn() {
  const [error, setError] = useState<unknown>()
  const [isRunning, setRunning] = useState(false)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const key = new FormData(event.currentTarget as HTMLFormElement).get('key') as string
    setRunning(true)
    setError(undefined)
    await signIn(key.trim()).catch(setError)
    setRunning(false)
  }

  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
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
