import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { withKey } from './support/with-key.ts'

/** An upstream that accepts so many calls a second, in windows by the clock, and says so in its headers. */
function createLimitedUpstream(max: number) {
  let window = 0
  let used = 0
  return createServer((_, response) => {
    const second = Math.floor(Date.now() / 1000)
    if (second !== window) [window, used] = [second, 0]
    used += 1
    response.setHeader('ratelimit-policy', `"default";q=${max};w=1`)
    response.setHeader('ratelimit', `"default";r=${Math.max(0, max - used)};t=1`)
    response.writeHead(used > max ? 429 : 200).end()
  })
}

describe.skipIf(executable === undefined)('the pages of detections', () => {
  dashboardTest('start a detection with its call and its budgets, and cancel it', async ({ open, sluice }) => {
    const page = await open('detections')
    await expectText(page, 'No detections of the last day')

    await page.getByRole('button', { name: 'New detection' }).click()
    await page.getByLabel('URL').fill('https://api.example.com/v1/models')
    await page.getByLabel('Headers').fill('authorization: Bearer ${secret:EXAMPLE_KEY}')
    await page.getByLabel('Calls at most', { exact: true }).fill('100')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('heading', { name: 'https://api.example.com/v1/models' }).waitFor()
    await expectText(page, '0 of 100')
    const { detections } = await sluice.detections.list()
    expect(detections).toMatchObject([
      { state: 'pending', queue: 'default', headerNames: ['authorization'], budgets: { requests: 100 } },
    ])

    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the detection' }).click()
    await expectText(page, 'cancelled')
    expect(await sluice.detections.get(detections[0]?.id ?? '')).toMatchObject({ state: 'cancelled' })
  })

  dashboardTest(
    'show the progress and the result of a detection, and turn it into a limit',
    { timeout: 180_000 },
    async ({ open, sluice, startWorker, onTestFinished }) => {
      const upstream = createLimitedUpstream(20)
      await new Promise<void>((resolve) => {
        upstream.listen(0, '127.0.0.1', resolve)
      })
      onTestFinished(() => {
        upstream.closeAllConnections()
        upstream.close()
      })
      await startWorker()
      await sluice.queues.put('llm', {})
      const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`
      const { id } = await sluice.detections.create({ url, queue: 'llm', budgets: { seconds: 120, maxConcurrency: 4 } })
      const page = await open(`detections/${id}`)
      await expectText(page, /Progress.* [1-9]\d* of 4,000/)

      await page.getByRole('button', { name: 'Use as limit' }).click({ timeout: 120_000 })
      await page.getByLabel('Name').fill('upstream')
      await page.getByRole('button', { name: 'Use', exact: true }).click()
      await page.getByRole('heading', { name: 'upstream' }).waitFor()

      const { result } = await sluice.detections.get(id)
      const { rules } = await sluice.limits.get('upstream')
      expect(rules).toMatchObject(result?.recommended.limit?.rules ?? [{ unit: 'none was found' }])
      expect(await sluice.queues.get('llm')).toMatchObject({ limit: 'upstream' })
    },
  )

  dashboardTest('show a viewer a detection, and nothing to cancel it with', async ({ open, sluice }) => {
    const { id } = await sluice.detections.create({ url: 'https://api.example.com/<b>models</b>' })
    const viewer = await withKey(sluice, 'viewer')
    const list = await open('detections', viewer)
    await expectText(list, 'https://api.example.com/')
    const page = await open(`detections/${id}`, viewer)
    await expectText(page, 'pending')

    for (const one of [list, page]) {
      expect(await one.locator('main').getByRole('button').count()).toBe(0)
      expect(await one.locator('main b').count()).toBe(0)
    }
  })
})
