import type { Handlers } from '../../packages/worker-kit/src/index.ts'

/** Handlers of the suite's workers. */
const handlers: Handlers = {
  /** Calls its upstream, and then blocks the event loop of its whole process. */
  async block(payload) {
    const { url, blockMs } = payload as { url: string; blockMs: number }
    const response = await fetch(url)
    const body: unknown = await response.json()
    const until = performance.now() + blockMs
    while (performance.now() < until);
    return { status: response.status, body }
  },
}

export default handlers
