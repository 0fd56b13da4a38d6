import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { keyTest, signIn } from './support/key-test.ts'

describe.skipIf(executable === undefined)('the page of sessions', () => {
  keyTest('ends the session of another browser, which then asks for a key', async ({ keyedApi, admin, newPage }) => {
    const viewer = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const boss = await admin.keys.create({ name: 'Grace', role: 'admin' })
    const [hers, page] = [await newPage(), await newPage()]
    await hers.goto(`${keyedApi}/ui/batches`)
    await signIn(hers, viewer.key)
    await expectText(hers, 'Ada viewer')
    await page.goto(`${keyedApi}/ui/keys`)
    await signIn(page, boss.key)
    await page.getByRole('link', { name: 'Ada' }).click()
    await page.getByRole('link', { name: 'Those of this key' }).click()

    await page
      .getByRole('row', { name: new RegExp(viewer.id) })
      .getByRole('link', { name: 'Ada' })
      .click()
    await page.getByRole('button', { name: 'End session' }).click()
    const dialog = page.getByRole('dialog', { name: 'End the session of Ada?' })
    await dialog.getByLabel('Reason').fill('a lost laptop')
    await dialog.getByRole('button', { name: 'End session' }).click()
    await expectText(page, 'No sessions')
    await expectText(hers, 'Sign in to Sluice')
    const { rows } = await admin.audit.list({ operation: 'endSession' })
    expect(rows).toMatchObject([{ reason: 'a lost laptop' }])
    expect(page.complaints).toEqual([])
  })

  keyTest('shows a viewer their own sessions alone, and marks the one in use', async ({ keyedApi, admin, newPage }) => {
    const viewer = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const other = await admin.keys.create({ name: 'Grace', role: 'viewer' })
    const [page, second, third] = [await newPage(), await newPage(), await newPage()]
    for (const [browser, { key }] of [
      [second, viewer],
      [third, other],
      [page, viewer],
    ] as const) {
      await browser.goto(`${keyedApi}/ui/sessions`)
      await signIn(browser, key)
      await browser.getByRole('heading', { name: 'Sessions' }).waitFor()
    }
    const rows = page.locator('tbody tr')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await page.getByText('this one').count()).toBe(1)

    await expectText(page, /Ada this one/)
    await rows.filter({ hasText: 'this one' }).getByRole('link', { name: 'Ada' }).click()
    await page.getByRole('button', { name: 'End session' }).click()
    await page.getByRole('dialog', { name: /^End/ }).getByRole('button', { name: 'End session' }).click()
    await expectText(page, 'Sign in to Sluice')
  })
})

describe.skipIf(executable === undefined)('a session of an API that allows anonymous clients', () => {
  dashboardTest('says that it has ended, and that the page goes on without it', async ({ newPage, api, sluice }) => {
    const { key, id } = await sluice.keys.create({ name: 'Ada', role: 'viewer' })
    const page = await newPage()
    await page.goto(`${api.url}/ui/batches`)
    await expectText(page, 'No batches yet')
    await page.evaluate(`fetch('../v1/session', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '${JSON.stringify({ apiKey: key })}',
    })`)
    await page.reload()
    await expectText(page, 'Ada viewer')

    const { rows } = await sluice.sessions.list({ keyId: id })
    await sluice.sessions.end(rows[0]?.id ?? '')
    await expectText(page, 'Your session has ended. The page goes on without one')
    await expectText(page, 'it allows anonymous clients')
  })
})
