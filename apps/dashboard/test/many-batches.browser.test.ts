import type { Sluice } from '@sluice/client'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const BATCHES = 10_000
const AT_ONCE = 32

/** Creates `night-00000` to `night-09999`, without tasks, in this order up to those that are under way at once. */
async function createMany(sluice: Sluice): Promise<void> {
  let next = 0
  const createSome = async () => {
    while (next < BATCHES) {
      const number = next
      next += 1
      await sluice.batches.create({ code: `night-${String(number).padStart(5, '0')}` })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, createSome))
}

describe.skipIf(executable === undefined)('a list of 10,000 batches', () => {
  dashboardTest(
    'has pages and filters, and says how far an action on all of them reaches',
    { timeout: 300_000 },
    async ({ open, sluice }) => {
      await createMany(sluice)
      const page = await open('batches')
      const rows = page.locator('tbody tr')
      await expect.poll(() => rows.count()).toBe(50)
      const firstCode = async () => await rows.first().getByRole('link').innerText()
      const newest = await firstCode()

      const seen = new Set<string>([newest])
      for (let n = 2; n <= 4; n += 1) {
        const before = await firstCode()
        await page.getByRole('button', { name: 'Next page' }).click()
        await expect.poll(firstCode).not.toBe(before)
        seen.add(await firstCode())
        expect(await rows.count()).toBe(50)
      }
      expect(seen.size).toBe(4)
      await page.getByRole('button', { name: 'First page' }).click()
      await expect.poll(firstCode).toBe(newest)

      const search = page.getByRole('searchbox', { name: 'Code begins with' })
      await search.fill('night-0123')
      await search.press('Enter')
      await expect.poll(() => rows.count()).toBe(10)
      await search.fill('night-')
      await search.press('Enter')
      await expect.poll(() => rows.count()).toBe(50)

      await page.getByRole('checkbox', { name: 'Select all rows' }).check()
      await expectText(page, '50 selected')
      await page.getByRole('button', { name: 'All that match the filter' }).click()
      await page.getByRole('button', { name: 'Cancel batches' }).click()
      const dialog = page.getByRole('dialog', { name: 'Cancel batches: 1,000 batches?' })
      await dialog.getByText('More match: one operation acts on the newest thousand.').waitFor()
      expect(page.complaints).toEqual([])
    },
  )
})
