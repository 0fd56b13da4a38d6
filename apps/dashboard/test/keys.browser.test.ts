import { describe, expect } from 'vitest'
import { Sluice } from '@sluice/client'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const INSECURE = `Object.defineProperty(window, 'isSecureContext', { value: false })`

describe.skipIf(executable === undefined)('the page of API keys', () => {
  dashboardTest.for(['a page over TLS', 'a page over plain HTTP'])(
    'shows a new key once, and copies it on %s',
    async (kind, { api, newPage, sluice }) => {
      const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
      if (kind === 'a page over plain HTTP') await page.addInitScript(INSECURE)
      await page.goto(`${api.url}/ui/keys`)
      await expectText(page, 'No API keys yet')

      await page.getByRole('button', { name: 'New API key' }).click()
      await page.getByLabel('Name').fill('<b>nightly</b> import')
      await page.getByLabel('Role').selectOption('submitter')
      await page.getByLabel('Queues').fill('llm\nnightly-*')
      await page.getByLabel('Tenant').fill('acme')
      await page.getByLabel('Stops working after').fill('90d')
      await page.getByRole('button', { name: 'Create' }).click()
      await page.getByText('Store it now').waitFor()
      const shown = await page.getByRole('dialog').locator('code').innerText()
      await page.getByRole('button', { name: 'Copy the API key' }).click()
      await expectText(page, 'Copied.')
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown)

      expect(await new Sluice({ url: api.url, apiKey: shown }).session()).toMatchObject({
        name: '<b>nightly</b> import',
        role: 'submitter',
        tenant: 'acme',
        queues: ['llm', 'nightly-*'],
      })
      const { rows } = await sluice.keys.list()
      expect(Date.parse(rows[0]?.expiresAt ?? '') - Date.now()).toBeGreaterThan(89 * 86_400_000)
      // A stray key must not lose it.
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'I have stored it' }).click()
      await expectText(page, '<b>nightly</b> import')
      expect(await page.content()).not.toContain(shown)
    },
  )

  dashboardTest('narrows, replaces and revokes a key', async ({ open, sluice }) => {
    const { id } = await sluice.keys.create({ name: 'import', role: 'operator', queues: ['llm'] })
    const page = await open('keys')
    await page.getByRole('link', { name: 'import' }).click()

    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('dialog', { name: 'Change import' }).getByLabel('Role').selectOption('viewer')
    await page.getByRole('dialog', { name: 'Change import' }).getByRole('button', { name: 'Change' }).click()
    await expectText(page, 'Changed.')
    expect(await sluice.keys.get(id)).toMatchObject({ name: 'import', role: 'viewer', queues: ['llm'] })

    await page.getByRole('button', { name: 'Replace' }).click()
    await page.getByLabel('The old key still works for').fill('2h')
    await page.getByRole('dialog', { name: 'Replace import' }).getByRole('button', { name: 'Replace' }).click()
    await page.getByText('Store it now').waitFor()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    const { rows } = await sluice.keys.list()
    expect(rows[1]).toMatchObject({ id, replacedBy: rows[0]?.id })
    expect(Date.parse(rows[1]?.expiresAt ?? '') - Date.now()).toBeLessThan(2 * 3_600_000 + 60_000)
    await expectText(page, 'replaced')

    await page
      .getByRole('row', { name: /replaced/ })
      .getByRole('link')
      .click()
    await page.getByRole('button', { name: 'Revoke' }).click()
    const confirm = page.getByRole('dialog', { name: 'Revoke import?' }).getByRole('button', { name: 'Revoke' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type import to confirm').fill('import')
    await confirm.click()
    await expectText(page, 'import is revoked.')
    await expect(sluice.keys.get(id)).rejects.toMatchObject({ code: 'SLUICE_API_KEY_NOT_FOUND' })
    await page.getByText('replaced').waitFor({ state: 'detached' })
  })
})
