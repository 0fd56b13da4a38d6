import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const MOST_STOPS = 60

/** Presses Tab until the focus is on what has this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = `(({ ariaLabel, labels, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent.trim())(
    document.activeElement)`
  const passed: string[] = []
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate<string>(focused)
    if (here === name) return
    passed.push(here)
  }
  throw new Error(`Tab does not lead to ${name}, but to ${passed.join(', ')}`)
}

describe.skipIf(executable === undefined)('a person with a keyboard alone', () => {
  dashboardTest('interrupts one batch and cancels several, with reasons', async ({ open, sluice, startWorker }) => {
    await sluice.queues.put('default', { paused: true })
    const tasks = [{ payload: { url: 'https://example.com' } }]
    for (const code of ['first', 'second']) await sluice.batches.create({ code, tasks })
    await startWorker()
    const page = await open('')
    await expectText(page, 'second')

    await page.keyboard.press('g')
    await page.keyboard.press('b')
    await page.getByRole('heading', { name: 'Batches' }).waitFor()
    await expectText(page, /second.*first/)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'second', exact: true }).waitFor()
    await tabTo(page, 'Interrupt')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Interrupt second?' }).waitFor()
    await tabTo(page, 'Reason')
    await page.keyboard.type('by keys')
    await tabTo(page, 'Interrupt')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expectText(page, 'interrupted')

    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Batches' }).waitFor()
    await expectText(page, /second.*first/)
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
    await expectText(page, '2 selected')
    await tabTo(page, 'Cancel batches')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Cancel batches: 2 batches?' }).waitFor()
    await tabTo(page, 'Reason')
    await page.keyboard.type('all by keys')
    await tabTo(page, 'Cancel batches')
    await page.keyboard.press('Enter')
    await expectText(page, /Done 2 of 2 batches/)

    const { rows } = await sluice.batches.list()
    expect(rows.map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
    const { rows: entries } = await sluice.audit.list()
    expect(entries.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['by keys', 'all by keys']))
  })
})
