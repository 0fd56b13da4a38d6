import type { Sluice } from '@sluice/client'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { expectText } from './support/dashboard-test.ts'
import { keyTest, signIn } from './support/key-test.ts'

/** What a person who may only look finds to press: what changes their own view, and their own session. */
const VIEW_BUTTONS =
  /^(?:Navigation|Freeze the page|Theme: .*|Keys|Sign out|Table|Chart|Download|Copy .*|More|First page|Next page|\d+ new)$/

/** Operations on the session of the person alone, which every role may do. */
const OF_OWN_SESSION = /^\/v1\/sessions?(?:\/|$)/

/** Each page of a viewer, and a text by which a test knows that it is there. */
const PAGES = [
  { path: '', shows: 'nightly' },
  { path: 'batches', shows: 'nightly' },
  { path: 'batches/:id', shows: 'Outcomes per second' },
  { path: 'batches/:id/errors', shows: 'No attempt has failed' },
  { path: 'batches/:id/settings', shows: 'Concurrency' },
  { path: 'batches/:id/history', shows: 'created' },
  { path: 'batches/:id/raw', shows: 'interruptionCriteria' },
  { path: 'queues', shows: 'default' },
  { path: 'queues/default', shows: 'Time limit of an attempt' },
  { path: 'limits', shows: 'openai' },
  { path: 'limits/openai', shows: 'Burst factor' },
  { path: 'workers', shows: 'No worker is alive' },
  { path: 'detections', shows: 'https://api.example.com' },
  { path: 'detections/:detection', shows: 'Rejected calls' },
  { path: 'sessions', shows: 'this one' },
  { path: 'tenants', shows: 'acme' },
  { path: 'system', shows: 'Overload gate' },
] as const

interface Operation {
  method: string
  path: string
}

async function createObjects(admin: Sluice) {
  const batch = await admin.batches.create({ code: 'nightly', tasks: [{ payload: { url: 'https://example.com' } }] })
  await admin.limits.put('openai', { rules: [{ unit: 'requests', max: 500, perMs: 60_000 }] })
  await admin.tenants.put('acme', { maxTasks: 1000 })
  const detection = await admin.detections.create({ url: 'https://api.example.com/v1/models' })
  return { batch: batch.id, detection: detection.id }
}

/** All operations of the API that are more than reading. */
async function findChanges(api: string): Promise<Operation[]> {
  const answer = await fetch(`${api}/openapi.json`)
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> }
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })))
    .filter(({ method, path }) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && path.startsWith('/v1/'))
}

/** What the buttons and the fields that can be used are called. */
async function controlsOf(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`[
    ...[...document.querySelectorAll('button:enabled')].map((one) => one.ariaLabel ?? one.textContent.trim()),
    ...[...document.querySelectorAll('main :is(input, select, textarea):enabled')]
      .filter((one) => one.closest('[role=search]') === null)
      .map((one) => 'field ' + (one.ariaLabel ?? one.id)),
  ]`)
}

describe.skipIf(executable === undefined)('a viewer', () => {
  keyTest('sees nothing on any page that changes anything', async ({ keyedApi, admin, newPage }) => {
    const ids = await createObjects(admin)
    const { key } = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const page = await newPage()
    await page.goto(`${keyedApi}/ui/`)
    await signIn(page, key)
    for (const { path, shows } of PAGES) {
      await page.goto(`${keyedApi}/ui/${path.replace(':id', ids.batch).replace(':detection', ids.detection)}`)
      await expectText(page, shows)
      const controls = (await controlsOf(page)).filter((name) => !VIEW_BUTTONS.test(name))
      expect({ path, controls }).toEqual({ path, controls: [] })
    }
    for (const path of ['keys', 'audit', `batches/${ids.batch}/tasks`]) {
      await page.goto(`${keyedApi}/ui/${path}`)
      await page.getByRole('heading').first().waitFor()
      expect(await page.getByRole('row').count()).toBe(0)
    }
  })

  keyTest('is refused by every operation that changes anything', async ({ keyedApi, admin, newPage }) => {
    const ids = await createObjects(admin)
    const { key } = await admin.keys.create({ name: 'Ada', role: 'viewer' })
    const page = await newPage()
    await page.goto(`${keyedApi}/ui/`)
    await signIn(page, key)
    await expectText(page, 'Ada viewer')

    const call = async ({ method, path }: Operation) => {
      const id = path.includes('/detections/') ? ids.detection : ids.batch
      const url = path.replace('{name}', 'default').replaceAll(/\{\w+\}/g, id)
      return await page.evaluate<number>(`fetch(${JSON.stringify(url)}, {
        method: ${JSON.stringify(method)}, headers: { 'content-type': 'application/json' }, body: '{}',
      }).then(({ status }) => status)`)
    }
    const changes = (await findChanges(keyedApi)).filter(({ path }) => !OF_OWN_SESSION.test(path))
    expect(changes.length).toBeGreaterThan(20)
    for (const change of changes) expect([change, await call(change)]).toEqual([change, 403])
    expect(await admin.batches.get(ids.batch)).toMatchObject({ state: 'active' })
  })
})
