import { effect } from '@preact/signals'
import { ConnectionError } from '@sluice/client'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { heard, isAwake, missed } from './connection.ts'

/** What the API has answered to a question that the page keeps asking. */
export interface Query<Data> {
  /** The last answer. It stays while later ones fail. Undefined: none yet. */
  data: Data | undefined
  /** Why the last try failed. Undefined: it did not. */
  error: unknown
  /** Asks again at once, also on a frozen page: after an action of the person. */
  refresh: () => void
}

interface State<Data> {
  key: string
  data?: Data | undefined
  error?: unknown
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/**
 * Asks the API at once and then again and again, while the page is visible and not frozen. After a failure it waits longer.
 *
 * @param key identifies the question. When it changes, the old answer is dropped.
 * @param load asks the API. The signal is aborted when the answer is no longer of use.
 * @param everyMs time between two questions. Default 3,000. Infinity: ask once.
 * @param isOff whether it does not ask by itself, since the answer is known from elsewhere. Default false.
 */
export function useQuery<Data>(
  key: string,
  load: (signal: AbortSignal) => PromiseLike<Data>,
  { everyMs = 3000, isOff = false }: { everyMs?: number; isOff?: boolean } = {},
): Query<Data> {
  const [state, setState] = useState<State<Data>>({ key })
  const latest = useRef(load)
  latest.current = load
  const wake = useRef(() => {})

  useEffect(() => {
    setState((old) => (old.key === key ? old : { key }))
    if (isOff) return
    const poller = startPolling({
      load: (signal) => latest.current(signal),
      everyMs,
      onData: (data) => setState({ key, data }),
      onError: (error) => setState((old) => ({ key, data: old.key === key ? old.data : undefined, error })),
    })
    wake.current = poller.refresh
    return poller.stop
  }, [key, everyMs, isOff])

  const current = state.key === key ? state : { key }
  const refresh = useCallback(() => wake.current(), [])
  return { data: current.data, error: current.error, refresh }
}

interface Poll<Data> {
  load: (signal: AbortSignal) => PromiseLike<Data>
  everyMs: number
  onData: (data: Data) => void
  onError: (error: unknown) => void
}

function startPolling<Data>({ load, everyMs, onData, onError }: Poll<Data>) {
  let current = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  // Infinity while a question is under way: nothing may ask beside it.
  let dueAt = Number.POSITIVE_INFINITY

  async function ask(): Promise<void> {
    clearTimeout(timer)
    dueAt = Number.POSITIVE_INFINITY
    current.abort()
    const { signal } = (current = new AbortController())
    try {
      const data = await load(signal)
      if (signal.aborted) return
      failures = 0
      heard()
      onData(data)
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      // A refusal is an answer.
      if (error instanceof ConnectionError) missed()
      else heard()
      onError(error)
    }
    dueAt = Date.now() + (failures === 0 ? everyMs : pauseMs(failures))
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    if (isAwake.peek() && Number.isFinite(dueAt)) timer = setTimeout(() => void ask(), Math.max(0, dueAt - Date.now()))
  }

  void ask()
  const stopWatching = effect(() => {
    if (isAwake.value) schedule()
    else clearTimeout(timer)
  })
  return {
    refresh: () => void ask(),
    stop: () => {
      stopWatching()
      clearTimeout(timer)
      current.abort()
    },
  }
}

/** Doubles with each failure, with jitter: pages that failed together do not return together. */
function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.75 + Math.random() / 4)
}
