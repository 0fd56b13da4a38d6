import { freePort, startProcess } from '@sluice/testing'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const entry = new URL('../../api/src/main.ts', import.meta.url)

/** Counts the streams and the requests of a tab that are open, as its network sees them from the first request on. */
async function countStreams(page: Page) {
  const counted = { requests: new Set<string>(), open: new Set<string>(), begun: 0, most: 0 }
  const network = await page.context().newCDPSession(page)
  network.on('Network.requestWillBeSent', ({ requestId, request }) => {
    counted.requests.add(requestId)
    if (!/\/events(?:\?|$)/.test(request.url)) return
    counted.open.add(requestId)
    counted.begun += 1
    counted.most = Math.max(counted.most, counted.open.size)
  })
  const onEnd = ({ requestId }: { requestId: string }) => {
    counted.requests.delete(requestId)
    counted.open.delete(requestId)
  }
  network.on('Network.loadingFinished', onEnd)
  network.on('Network.loadingFailed', onEnd)
  await network.send('Network.enable')
  return counted
}

describe.skipIf(executable === undefined)('the stream of events', () => {
  dashboardTest('is the only connection of a page that it keeps up to date', async ({ newPage, api, sluice }) => {
    const page = await newPage()
    const requests: string[] = []
    await page.goto(`${api.url}/ui/`)
    await expectText(page, 'complete and')
    page.on('request', (request) => requests.push(request.url()))

    await sluice.batches.create({ code: 'nightly', tasks: [{ payload: { url: 'https://example.com' } }] })
    await page
      .getByRole('button', { name: '1 new' })
      .or(page.getByRole('link', { name: 'nightly' }))
      .first()
      .waitFor()
    // Without the stream, the page would ask every three seconds.
    await page.waitForTimeout(4000)
    expect(requests).toEqual([])
  })

  dashboardTest('is one at most, whichever pages a person goes through', async ({ newPage, api, sluice }) => {
    await sluice.batches.create({ code: 'nightly', tasks: [{ payload: { url: 'https://example.com' } }] })
    const page = await newPage()
    const streams = await countStreams(page)
    await page.goto(`${api.url}/ui/`)
    for (const name of ['Batches', 'Queues', 'Limits', 'Workers', 'System', 'Overview']) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { name, level: 1 }).waitFor()
      await expect.poll(() => streams.open.size).toBe(1)
    }
    await page.getByRole('link', { name: 'nightly' }).first().click()
    await expectText(page, 'Outcomes per second')

    await expect.poll(() => streams.open.size).toBe(1)
    expect(streams.begun).toBeGreaterThan(3)
    expect(streams.most).toBe(1)
    // Nothing but the stream stays open.
    await expect.poll(() => streams.requests.size).toBe(1)
  })

  dashboardTest('is closed while the page is frozen, and opened again afterwards', async ({ open, sluice }) => {
    const { id } = await sluice.batches.create({
      code: 'nightly',
      tasks: [{ payload: { url: 'https://example.com' } }],
    })
    const page = await open(`batches/${id}`)
    await expectText(page, 'active')
    await page.keyboard.press('p')
    await expectText(page, 'paused')
    await sluice.batches.interrupt(id)
    await page.waitForTimeout(2000)
    expect(await page.getByText('interrupted', { exact: true }).count()).toBe(0)

    await page.keyboard.press('p')
    await page.getByText('interrupted', { exact: true }).first().waitFor()
  })

  dashboardTest(
    'is replaced by polling while the API has none left',
    async ({ env, newPage, onTestFinished, sluice }) => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const own = { SLUICE_ALLOW_ANONYMOUS: 'true', SLUICE_PORT: String(port), SLUICE_MAX_EVENT_STREAMS: '1' }
      const api = await startProcess({ entry, env: { ...env, ...own }, ready: `${url}/readyz` })
      onTestFinished(async () => void (await api.kill()))
      const { id } = await sluice.batches.create({
        code: 'nightly',
        tasks: [{ payload: { url: 'https://example.com' } }],
      })
      const first = await newPage()
      await first.goto(`${url}/ui/batches/${id}`)
      await expectText(first, 'active')
      const second = await newPage()
      await second.goto(`${url}/ui/batches/${id}`)
      await expectText(second, 'active')

      await sluice.batches.interrupt(id)
      for (const page of [first, second]) await page.getByText('interrupted', { exact: true }).first().waitFor()
    },
  )
})
