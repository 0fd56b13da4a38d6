import type { Sluice } from '@sluice/client'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { withKey } from './support/with-key.ts'

const tasks = (count: number) => Array.from({ length: count }, () => ({ payload: { url: 'https://example.com' } }))

/** Creates batches with two tasks each. */
async function createBatches(sluice: Sluice, codes: readonly string[]): Promise<void> {
  for (const code of codes) await sluice.batches.create({ code, tasks: tasks(2) })
}

async function statesOf(sluice: Sluice): Promise<Record<string, string>> {
  const { rows } = await sluice.batches.list({ pageSize: 200 })
  return Object.fromEntries(rows.map(({ code, state }) => [code, state]))
}

describe.skipIf(executable === undefined)('acting on many batches', () => {
  dashboardTest(
    'acts on the rows that were selected, and says how much it touches',
    async ({ open, sluice, startWorker }) => {
      await createBatches(sluice, ['a', 'b', 'c'])
      // The tasks wait in a paused queue; the worker only carries the operation out.
      await sluice.queues.pause('default')
      await startWorker()
      const page = await open('batches')
      await page.getByRole('checkbox', { name: 'Select a', exact: true }).check()
      await page.getByRole('checkbox', { name: 'Select c', exact: true }).check()
      await expectText(page, '2 selected')

      await page.getByRole('button', { name: 'Interrupt', exact: true }).click()
      const dialog = page.getByRole('dialog', { name: 'Interrupt: 2 batches?' })
      await dialog.getByText('4 tasks will not start').waitFor()
      await dialog.getByLabel('Reason').fill('the provider is down')
      await dialog.getByRole('button', { name: 'Interrupt' }).click()
      await expectText(page, /Done 2 of 2 batches, 4 tasks/)

      expect(await statesOf(sluice)).toEqual({ a: 'interrupted', b: 'active', c: 'interrupted' })
      const { rows } = await sluice.audit.list({ operation: 'startBulk' })
      expect(rows).toMatchObject([{ reason: 'the provider is down' }, expect.anything()])
      await page.getByRole('button', { name: 'Close' }).click()
      await page.getByRole('region', { name: 'Selected batches' }).waitFor({ state: 'detached' })
      expect(page.complaints).toEqual([])
    },
  )

  dashboardTest(
    'acts on all that match the filter, also on other pages of the list',
    async ({ open, sluice, startWorker }) => {
      await createBatches(sluice, [...Array.from({ length: 60 }, (_, n) => `night-${n}`), 'day'])
      await sluice.queues.pause('default')
      await startWorker()
      const page = await open('batches?codePrefix=night-')
      await page.getByRole('checkbox', { name: 'Select all rows' }).check()
      await expectText(page, '50 selected')
      await page.getByRole('button', { name: 'All that match the filter' }).click()

      await page.getByRole('button', { name: 'Cancel batches' }).click()
      await page.getByRole('dialog', { name: 'Cancel batches: 60 batches?' }).getByText('120 tasks').waitFor()
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel batches' }).click()
      await expectText(page, /Done 60 of 60 batches, 120 tasks/)
      const states = await statesOf(sluice)
      expect(Object.values(states).filter((state) => state === 'cancelled')).toHaveLength(60)
      expect(states.day).toBe('active')
    },
  )

  dashboardTest('offers no action on all batches of a list that has no filter', async ({ open, sluice }) => {
    await createBatches(sluice, ['a'])
    const page = await open('batches')
    await page.getByRole('checkbox', { name: 'Select all rows' }).check()
    await expectText(page, '1 selected')
    expect(await page.getByRole('button', { name: 'All that match the filter' }).count()).toBe(0)
  })

  dashboardTest(
    'aborts an operation, and keeps showing it after the page was loaded again',
    async ({ open, sluice }) => {
      await createBatches(sluice, ['a', 'b'])
      const page = await open('batches')
      await page.getByRole('checkbox', { name: 'Select all rows' }).check()
      await page.getByRole('button', { name: 'Delete' }).click()
      await expectText(page, 'None of these batches is in a state in which it can do this.')
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()

      await page.getByRole('button', { name: 'Interrupt', exact: true }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Interrupt' }).click()
      // No worker is alive, so that it waits.
      await expectText(page, 'Interrupting 0 of 2 batches')
      await page.reload()
      await page.getByRole('button', { name: 'Abort' }).click()
      await expectText(page, 'Aborted 0 of 2 batches')
      expect(await statesOf(sluice)).toEqual({ a: 'active', b: 'active' })
    },
  )

  dashboardTest('asks for the number of batches before it deletes them', async ({ open, sluice, startWorker }) => {
    await createBatches(sluice, ['a', 'b'])
    for (const code of ['a', 'b']) await sluice.batches.cancel(`code:${code}`)
    await startWorker()
    const page = await open('batches?state=cancelled')
    await page.getByRole('checkbox', { name: 'Select all rows' }).check()
    await page.getByRole('button', { name: 'Delete' }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' })
    await confirm.waitFor()
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type 2 batches to confirm').fill('2 batches')
    await confirm.click()
    await expectText(page, 'Done 2 of 2 batches')
    await expect.poll(() => statesOf(sluice)).toEqual({})
  })

  dashboardTest('selects a row with "x"', async ({ open, sluice }) => {
    await createBatches(sluice, ['a', 'b'])
    const page = await open('batches')
    await expectText(page, 'b')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await expectText(page, '1 selected')
  })

  dashboardTest('shows a viewer nothing of it, and a submitter only what they may do', async ({ open, sluice }) => {
    await createBatches(sluice, ['a'])
    const viewer = await open('batches', await withKey(sluice, 'viewer'))
    await expectText(viewer, 'active')
    expect(await viewer.getByRole('checkbox').count()).toBe(0)

    const submitter = await open('batches', await withKey(sluice, 'submitter'))
    await submitter.getByRole('checkbox', { name: 'Select a', exact: true }).check()
    const bar = submitter.getByRole('region', { name: 'Selected batches' })
    expect(await bar.getByRole('button').allInnerTexts()).toEqual(['Cancel batches', 'Clear'])
  })
})
