import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const MARKUP = '<b>bold & "quoted" <img src=x onerror=alert(1)>'

describe.skipIf(executable === undefined)('the list of batches', () => {
  dashboardTest('never moves a row: new batches wait behind a button', async ({ open, sluice }) => {
    await sluice.batches.create({ code: 'first' })
    const page = await open('batches')
    await expectText(page, 'first')

    await sluice.batches.create({ code: 'second' })
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await page.getByRole('row').count()).toBe(2)
    await page.getByRole('button', { name: '1 new' }).click()
    await expectText(page, /second.*first/)
  })

  dashboardTest('shows markup, right-to-left text and long codes as text', async ({ open, sluice }) => {
    const codes = [MARKUP, 'تقرير الدفعة رقم ١٢', 'x'.repeat(200)]
    for (const code of codes) await sluice.batches.create({ code })
    const page = await open('batches', { viewport: { width: 390, height: 844 } })

    for (const code of codes) await expectText(page, code)
    expect(await page.locator('td img, td b').count()).toBe(0)
    expect(page.complaints).toEqual([])
    // The page itself does not scroll sideways.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  })

  dashboardTest('keeps its filters in the address', async ({ open, sluice }) => {
    await sluice.batches.create({ code: 'open' })
    await sluice.batches.create({ code: 'closed', sealed: true })
    const page = await open('batches?state=completed')
    await expectText(page, 'closed')
    expect(await page.getByText('open', { exact: true }).count()).toBe(0)

    await page.getByRole('combobox', { name: 'State' }).selectOption('active')
    await expectText(page, 'open')
    expect(new URL(page.url()).search).toBe('?state=active')
  })
})
