import { fileURLToPath } from 'node:url'
import { Sluice } from '@sluice/client'
import { freePort, startProcess } from '@sluice/testing'
import type { Page } from 'playwright-core'
import { dashboardTest } from './dashboard-test.ts'

const entry = fileURLToPath(new URL('../../../api/src/main.ts', import.meta.url))

/** A test with an API that asks for API keys, and a client with the key of an admin. */
export const keyTest = dashboardTest
  .extend('keyedApi', async ({ env, onTestFinished }) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const api = await startProcess({ entry, env: { ...env, SLUICE_PORT: String(port) }, ready: `${url}/readyz` })
    onTestFinished(async () => void (await api.kill()))
    return url
  })
  .extend('admin', async ({ env, keyedApi }) => {
    await using command = await startProcess({ entry, args: ['--create-key', 'admin'], env, ready: /slk1_\w+\n/ })
    const apiKey = /slk1_\w+/.exec(command.output)?.[0]
    return new Sluice({ url: keyedApi, apiKey })
  })

/** Signs in with a key on a page that asks for one, and waits until it no longer does. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key)
  await page.getByLabel('API key').press('Enter')
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor({ state: 'detached' })
}
