import { mkdir } from 'node:fs/promises'
import { describe } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const folder = new URL('../../../docs/images/', import.meta.url)

/** Long enough for several samples of the series. */
const RUNS_MS = 75_000

/** Takes the pictures of the documentation: `pnpm docs:images`. */
describe.runIf(executable !== undefined && process.env.SLUICE_DOCS_IMAGES === 'true')('the pictures', () => {
  dashboardTest('show an installation at work', async ({ open, sluice, startWorker, upstream }) => {
    await startWorker()
    await mkdir(folder, { recursive: true })
    const call = (n: number, share: number) => ({
      key: `row-${n}`,
      payload: { url: `${upstream}/${n % 100 < share * 100 ? 'fail' : 'ok'}/${80 + ((n * 37) % 500)}` },
    })
    const tasks = (count: number, share: number) => Array.from({ length: count }, (_, n) => call(n, share))
    const criteria = { maxErrorRate: 0.2, stopOn: ['auth' as const] }
    await sluice.queues.put('llm', { concurrency: 24, interruptionCriteria: criteria })
    await sluice.queues.put('ocr', { concurrency: 8, paused: true })
    await sluice.batches.create({ code: 'invoices-2026-11', queue: 'ocr', tasks: tasks(1200, 0) })
    await sluice.batches.create({ code: 'translate-products', queue: 'llm', tasks: tasks(900, 0.3), concurrency: 8 })
    await sluice.batches.create({
      code: 'summaries-2026-11-28',
      queue: 'llm',
      tasks: tasks(2400, 0.01),
      concurrency: 8,
    })
    const { id } = await sluice.batches.create({ code: 'nightly-2026-11-29', queue: 'llm', tasks: tasks(5000, 0.02) })
    const options = { viewport: { width: 1180, height: 820 }, colorScheme: 'light' as const }

    const overview = await open('', options)
    const batch = await open(`batches/${id}`, options)
    await batch.waitForTimeout(RUNS_MS)
    await expectText(overview, 'translate-products is interrupted')
    await overview.screenshot({ path: new URL('dashboard-overview.png', folder).pathname })
    await batch.screenshot({ path: new URL('dashboard-batch.png', folder).pathname })
  })
})
