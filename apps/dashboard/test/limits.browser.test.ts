import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { withKey } from './support/with-key.ts'

const RULES = [{ unit: 'requests', max: 500, perMs: 60_000 }]

describe.skipIf(executable === undefined)('the pages of limits', () => {
  dashboardTest('create a limit of several rules', async ({ open, sluice }) => {
    const page = await open('limits')
    await expectText(page, 'No limits yet')

    await page.getByRole('button', { name: 'New limit' }).click()
    await page.getByLabel('Name').fill('openai')
    await page.getByLabel('Maximum of rule 1').fill('50')
    await page.getByRole('button', { name: 'Add a rule' }).click()
    await page.getByLabel('Maximum of rule 2').fill('200000')
    await page.getByLabel('Window of rule 2').fill('1.5h')
    await page.getByLabel('Learn what the upstream accepts').check()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'openai' }).waitFor()

    expect(await sluice.limits.get('openai')).toMatchObject({
      adaptive: true,
      rules: [
        { unit: 'requests', max: 50, perMs: 60_000 },
        { unit: 'tokens', max: 200_000, perMs: 5_400_000 },
      ],
    })
  })

  dashboardTest('change rules without touching what somebody else has changed', async ({ open, sluice }) => {
    await sluice.limits.put('openai', { rules: RULES })
    const page = await open('limits/openai')

    await page.getByLabel('Maximum of rule 1').fill('400')
    await page.getByLabel('Longest pause').fill('2m')
    await sluice.limits.update('openai', { burstFactor: 1 })
    await expectText(page, 'Burst factor: 2 → 1')
    await page.getByRole('button', { name: 'Keep my changes' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')
    expect(await sluice.limits.get('openai')).toMatchObject({
      rules: [{ unit: 'requests', max: 400, perMs: 60_000 }],
      maxPauseMs: 120_000,
      burstFactor: 1,
    })
  })

  dashboardTest('delete a limit, and say which queue is under it', async ({ open, sluice }) => {
    await sluice.limits.put('openai', { rules: RULES })
    await sluice.queues.put('llm', { limit: 'openai' })
    const page = await open('limits/openai')
    await page.getByRole('link', { name: 'llm' }).waitFor()

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByLabel('Type openai to confirm').fill('openai')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expectText(page, 'SLUICE_LIMIT_IN_USE')
    await sluice.queues.update('llm', { limit: null })
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expectText(page, 'No limits yet')
    await expect(sluice.limits.get('openai')).rejects.toMatchObject({ code: 'SLUICE_LIMIT_NOT_FOUND' })
  })

  dashboardTest(
    'count what is granted, and count a pause down',
    async ({ open, sluice, startWorker, onTestFinished }) => {
      const upstream = createServer((_, response) => response.writeHead(429, { 'retry-after': '90' }).end())
      await new Promise<void>((resolve) => {
        upstream.listen(0, '127.0.0.1', resolve)
      })
      onTestFinished(() => void upstream.close())
      await sluice.limits.put('openai', { rules: RULES })
      await sluice.queues.put('llm', { limit: 'openai' })
      await startWorker()
      const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
      await sluice.batches.create({ queue: 'llm', tasks: [{ payload: { url } }, { payload: { url } }] })

      const page = await open('limits/openai')
      await expectText(page, /openai paused .*[12] of 500 requests per minute/)
      await expectText(page, /Paused until in 1m 2\ds/)
      await expectText(page, /Paused until in 1m 1\ds/)
      const list = await open('limits')
      await expectText(list, /openai paused .*in 1m/)
    },
  )

  dashboardTest(
    'show the batches without a limit whose upstream refuses calls',
    async ({ open, sluice, startWorker, onTestFinished }) => {
      const upstream = createServer((_, response) => response.writeHead(429).end())
      await new Promise<void>((resolve) => {
        upstream.listen(0, '127.0.0.1', resolve)
      })
      onTestFinished(() => void upstream.close())
      await startWorker()
      const page = await open('limits')
      await expectText(page, 'No limits yet')
      const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
      await sluice.batches.create({ code: 'refused', tasks: [{ payload: { url } }] })

      await expectText(page, /refused default (paused|probing) .* The upstream has refused/)
    },
  )

  dashboardTest('show a viewer a limit, and nothing to change it with', async ({ open, sluice }) => {
    await sluice.limits.put('openai', { rules: RULES })
    const page = await open('limits/openai', await withKey(sluice, 'viewer'))

    await expectText(page, 'Rules 500 requests per minute')
    expect(await page.locator('main').getByRole('button').count()).toBe(0)
    expect(await page.locator('main :is(input, select, textarea)').count()).toBe(0)
  })
})
