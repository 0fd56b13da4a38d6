import { useState } from 'preact/hooks'

/** A form that does something when it is submitted. */
export interface Submission {
  /** Why the last try failed. Undefined: it did not. */
  error: unknown
  isRunning: boolean
  onSubmit: (event: Event) => void
}

/** Does something once at a time when a form is submitted, and keeps why it failed. */
export function useSubmit(run: (form: HTMLFormElement) => PromiseLike<unknown>): Submission {
  const [error, setError] = useState<unknown>()
  const [isRunning, setRunning] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setRunning(true)
    setError(undefined)
    try {
      await run(event.currentTarget as HTMLFormElement)
    } catch (refusal) {
      setError(refusal)
    }
    setRunning(false)
  }
  return { error, isRunning, onSubmit: (event) => void submit(event) }
}
