import { hostname } from 'node:os'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

describe.skipIf(executable === undefined)('the page of workers', () => {
  dashboardTest('says how to start a worker, and shows it once it is alive', async ({ open, startWorker }) => {
    const page = await open('workers')
    await expectText(page, 'No worker is alive')
    await expectText(page, 'docker compose up -d worker')

    await startWorker()
    await page.getByRole('link', { name: hostname() }).click()
    const drawer = page.getByRole('dialog', { name: hostname() })
    await expect.poll(() => drawer.innerText()).toMatch(/Queues\s+all\s+Types\s+http/)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  dashboardTest('shows the slots that a worker uses, by queue', async ({ open, sluice, startWorker, upstream }) => {
    await startWorker()
    await sluice.queues.put('llm', { concurrency: 3 })
    const tasks = Array.from({ length: 3 }, () => ({ payload: { url: `${upstream}/slow/30000` } }))
    await sluice.batches.create({ queue: 'llm', tasks })

    const page = await open('workers')
    await page.getByRole('link', { name: hostname() }).click()
    await expect.poll(() => page.getByRole('dialog').innerText()).toMatch(/llm\s+3 of \d+/)
  })
})
