import type { Handlers } from '../../packages/worker-kit/src/index.ts'
import { UNBLOCKED } from './upstream.ts'

/** Handlers of the suite's workers. */
const handlers: Handlers = {
  /** Calls its upstream, blocks the event loop of its whole process, and tells the upstream that it no longer does. */
  async block(payload) {
    const { url, blockMs } = payload as { url: string; blockMs: number }
    const response = await fetch(url)
    const body: unknown = await response.json()
    const until = performance.now() + blockMs
    while (performance.now() < until);
    // The handler returns without waiting: meanwhile, the grace time of a worker that stops could abort it.
    void fetch(new URL(UNBLOCKED, url)).catch(() => {})
    return { status: response.status, body }
  },
}

export default handlers
