import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

describe.skipIf(executable === undefined)('the page of the audit log', () => {
  dashboardTest('narrows the log by its filters, and shows all about an entry', async ({ open, sluice }) => {
    await sluice.queues.put('llm', {}, { headers: { 'x-sluice-reason': '<b>new</b> account' } })
    await sluice.queues.pause('absent').catch(() => {})
    const page = await open('audit')
    await expectText(page, /pauseQueue queues\/absent .*refused 404 .*putQueue queues\/llm .*done 201/)

    await page.getByRole('combobox', { name: 'Result' }).selectOption('done')
    await page.getByText('queues/absent').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'putQueue' }).click()
    const drawer = page.getByRole('dialog', { name: 'putQueue' })
    await expect.poll(() => drawer.innerText()).toMatch(/anonymous client[^]*<b>new<\/b> account[^]*done, status 201/)
    await drawer.getByRole('button', { name: 'Close' }).click()
    await drawer.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?result=done')

    await page.getByRole('searchbox', { name: 'Object' }).fill('queues/other')
    await page.keyboard.press('Enter')
    await expectText(page, 'No entry matches')
  })

  dashboardTest('narrows the log by times of the browser', async ({ open, sluice }) => {
    await sluice.queues.put('llm', {})
    const page = await open('audit', { timezoneId: 'Asia/Kolkata' })
    await expectText(page, 'putQueue')

    await page.getByLabel('From').fill('2099-01-01T10:00')
    await expectText(page, 'No entry matches')
    expect(new URL(page.url()).searchParams.get('from')).toBe('2099-01-01T04:30:00.000Z')
    expect(await page.getByLabel('From').inputValue()).toBe('2099-01-01T10:00')
  })

  dashboardTest('downloads all entries that its filters let through, oldest first', async ({ open, sluice }) => {
    for (const name of ['one', 'two']) await sluice.queues.put(name, {})
    await sluice.queues.pause('absent').catch(() => {})
    const page = await open('audit?result=done')
    await expectText(page, 'putQueue')

    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).click()
    const file = await download
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\n')
    expect(file.suggestedFilename()).toBe('audit.ndjson')
    expect(lines.map((line) => (JSON.parse(line) as { object: string }).object)).toEqual(['queues/one', 'queues/two'])
  })

  dashboardTest('goes through its pages', async ({ open, sluice }) => {
    for (let n = 0; n < 55; n += 1) await sluice.queues.put('llm', { concurrency: n + 1 })
    const page = await open('audit')
    await page.getByRole('button', { name: 'Next page' }).click()

    await expect.poll(() => page.getByRole('row').count()).toBe(6)
    await page.getByRole('button', { name: 'First page' }).click()
    await expect.poll(() => page.getByRole('row').count()).toBe(51)
  })
})
