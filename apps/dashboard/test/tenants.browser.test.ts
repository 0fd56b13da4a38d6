import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { withKey } from './support/with-key.ts'

const tasks = [{ payload: { url: 'https://example.com' } }, { payload: { url: 'https://example.com' } }]

describe.skipIf(executable === undefined)('the page of tenants', () => {
  dashboardTest('creates a tenant, changes its quotas, and removes them', async ({ open, sluice }) => {
    const page = await open('tenants')
    await page.getByRole('button', { name: 'New tenant' }).click()
    await page.getByLabel('Name').fill('acme')
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText(page, 'A tenant without tasks is its quotas: set one.')
    await page.getByLabel('Tasks').fill('500')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('link', { name: 'acme' }).click()
    await expect.poll(() => page.getByRole('dialog').innerText()).toContain('0 of 500 tasks')
    expect(await sluice.tenants.get('acme')).toMatchObject({ maxTasks: 500, maxBytes: null })

    await page.getByRole('button', { name: 'Change quotas' }).click()
    await page.getByRole('spinbutton', { name: 'Tasks' }).fill('')
    await page.getByRole('spinbutton', { name: 'Active batches' }).fill('3')
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await expectText(page, 'What the tenant holds beyond its quotas stays.')
    expect(await sluice.tenants.get('acme')).toMatchObject({ maxTasks: null, maxActiveBatches: 3 })

    await page.getByRole('button', { name: 'Remove all quotas' }).click()
    await page
      .getByRole('dialog', { name: 'Remove the quotas of acme?' })
      .getByRole('button', { name: 'Remove' })
      .click()
    await page.getByRole('link', { name: 'acme' }).waitFor({ state: 'detached' })
    expect((await sluice.tenants.list()).rows.map(({ name }) => name)).not.toContain('acme')
    expect(page.complaints).toEqual([])
  })

  dashboardTest('shows a viewer what is used, and nothing to change it with', async ({ open, sluice }) => {
    await sluice.tenants.put('default', { maxTasks: 4 })
    await sluice.batches.create({ tasks })
    const page = await open('tenants', await withKey(sluice, 'viewer'))

    await expectText(page, '2 of 4 tasks')
    await page.getByRole('link', { name: 'default' }).click()
    await page.getByRole('dialog').waitFor()
    expect(await page.getByRole('dialog').getByRole('button').allInnerTexts()).toEqual(['Close'])
    expect(await page.getByRole('button', { name: 'New tenant' }).count()).toBe(0)
  })
})
