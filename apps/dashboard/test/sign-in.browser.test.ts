import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { expectText } from './support/dashboard-test.ts'
import { keyTest, signIn } from './support/key-test.ts'

describe.skipIf(executable === undefined)('signing in', () => {
  keyTest(
    'shows what the role of the key permits, stays over a reload, and ends with signing out',
    async ({ keyedApi, admin, newPage }) => {
      const { key } = await admin.keys.create({ name: 'Ada', role: 'viewer' })
      await admin.batches.create({ code: 'nightly' })
      const page = await newPage()
      await page.goto(`${keyedApi}/ui/batches?state=active`)

      await page.getByLabel('API key').fill('slk1_wrong')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expectText(page, 'Not signed in This key is not known, has expired or was revoked.')
      await page.getByLabel('API key').fill(key)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expectText(page, 'nightly')
      await expectText(page, 'Ada viewer')

      await page.reload()
      await expectText(page, 'nightly')
      expect(await page.evaluate('document.cookie')).toBe('')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expectText(page, 'Sign in to Sluice')
      await page.reload()
      await expectText(page, 'Sign in to Sluice')
    },
  )

  keyTest('asks again as soon as the key is revoked', async ({ keyedApi, admin, newPage }) => {
    const { key, id } = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const page = await newPage()
    await page.goto(`${keyedApi}/ui/batches`)
    await signIn(page, key)
    await expectText(page, 'No batches yet')

    await admin.keys.delete(id)
    await expectText(page, 'Sign in to Sluice')
  })

  keyTest('a viewer sees no control and no payload', async ({ keyedApi, admin, newPage }) => {
    const { key } = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const batch = await admin.batches.create({ code: 'nightly', tasks: [{ payload: { url: 'https://example.com' } }] })
    await admin.batches.interrupt(batch.id)
    const page = await newPage()
    await page.goto(`${keyedApi}/ui/batches/${batch.id}`)
    await signIn(page, key)
    await expectText(page, 'interrupted')

    for (const name of ['Interrupt', 'Resume', 'Retry failed', 'Seal', 'Cancel', 'Delete']) {
      expect([name, await page.getByRole('button', { name }).count()]).toEqual([name, 0])
    }
    expect(await page.getByRole('link', { name: 'Tasks' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Settings' }).click()
    await expectText(page, 'Concurrency')
    expect(await page.locator('main :is(input, select, textarea)').count()).toBe(0)
  })
})
