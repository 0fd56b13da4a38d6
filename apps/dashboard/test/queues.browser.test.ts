import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { withKey } from './support/with-key.ts'

describe.skipIf(executable === undefined)('the pages of queues', () => {
  dashboardTest('create a queue, and never replace one that exists', async ({ open, sluice }) => {
    await sluice.limits.put('openai', { rules: [{ unit: 'requests', max: 500, perMs: 60_000 }] })
    await sluice.queues.put('llm', { concurrency: 3 })
    const page = await open('queues')

    await page.getByRole('button', { name: 'New queue' }).click()
    await page.getByLabel('Name').fill('llm')
    await page.getByLabel('Concurrency').fill('20')
    await page.getByRole('combobox', { name: 'Limit' }).selectOption('openai')
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText(page, 'A queue is called llm already.')
    expect(await sluice.queues.get('llm')).toMatchObject({ concurrency: 3, limit: null })

    await page.getByLabel('Name').fill('llm-2')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'llm-2' }).waitFor()
    expect(await sluice.queues.get('llm-2')).toMatchObject({ concurrency: 20, limit: 'openai' })
  })

  dashboardTest('change the settings that a person has changed, and no others', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { concurrency: 20, retry: { maxAttempts: 5 }, http: { hosts: ['a.example.com'] } })
    const page = await open('queues/llm')

    await page.getByLabel('Concurrency', { exact: true }).fill('7')
    await page.getByLabel('Time limit of an attempt').fill('90s')
    await page.getByLabel('Error rate, in %').fill('7')
    await page.getByLabel('timeout', { exact: true }).check()
    await page.getByLabel('Headers').fill('x-team: one: two\naccept: text/plain')
    await page.getByLabel('Hosts that tasks may call').fill('')
    await page.getByLabel('Secrets that tasks may use').fill('EXAMPLE_KEY')
    await page.getByLabel('Tenants that may use it').fill('zebra\nokapi')
    await page.getByPlaceholder('Reason').fill('less load')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')

    const { http, ...queue } = await sluice.queues.get('llm')
    expect(queue).toMatchObject({ concurrency: 7, attemptTimeoutMs: 90_000, retry: { maxAttempts: 5 } })
    expect(queue.tenants?.toSorted()).toEqual(['okapi', 'zebra'])
    expect(queue.interruptionCriteria).toEqual({
      maxConsecutiveFailures: 300,
      maxErrorRate: 0.07,
      stopOn: expect.arrayContaining(['auth', 'timeout']),
    })
    expect(http).toEqual({ headers: { 'x-team': 'one: two', accept: 'text/plain' }, secrets: ['EXAMPLE_KEY'] })
    const { rows } = await sluice.audit.list({ operation: 'changeQueue' })
    expect(rows).toMatchObject([{ object: 'queues/llm', reason: 'less load' }])
  })

  dashboardTest('show what the API says about a value that it refuses', async ({ open, sluice }) => {
    const page = await open('queues/default')

    await page.getByLabel('First delay').fill('2m')
    await page.getByLabel('Longest delay').fill('90s')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'body/retry/minDelayMs must be at most maxDelayMs, 90000.')
    expect(await sluice.queues.get('default')).toMatchObject({ retry: { minDelayMs: 1000 } })
  })

  dashboardTest('never overwrite what somebody else has changed meanwhile', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { concurrency: 20 })
    const page = await open('queues/llm')
    const concurrency = page.getByLabel('Concurrency', { exact: true })
    await concurrency.fill('50')
    // A frozen page does not learn of the change before it saves.
    await page.getByRole('button', { name: 'Freeze the page' }).click()
    await expectText(page, 'paused')
    await sluice.queues.update('llm', { concurrency: 5 })

    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Concurrency: 20 → 5. You have typed 50.')
    expect(await page.getByRole('button', { name: 'Save changes' }).isDisabled()).toBe(true)
    expect(await sluice.queues.get('llm')).toMatchObject({ concurrency: 5 })

    await page.getByRole('button', { name: 'Keep my changes' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')
    expect(await sluice.queues.get('llm')).toMatchObject({ concurrency: 50 })
  })

  dashboardTest('return to what is stored when a person drops their changes', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { concurrency: 20 })
    const page = await open('queues/llm')
    const concurrency = page.getByLabel('Concurrency', { exact: true })
    await concurrency.fill('50')
    await sluice.queues.update('llm', { concurrency: 5 })

    await expectText(page, 'Concurrency: 20 → 5. You have typed 50.')
    await page.getByRole('button', { name: 'Drop my changes' }).click()
    await expect.poll(() => concurrency.inputValue()).toBe('5')
    expect(await page.getByRole('button', { name: 'Save changes' }).count()).toBe(0)
  })

  dashboardTest('save although the queue was paused meanwhile, and keep it paused', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { concurrency: 20 })
    const page = await open('queues/llm')
    await page.getByLabel('Concurrency', { exact: true }).fill('50')
    await page.getByRole('button', { name: 'Freeze the page' }).click()
    await expectText(page, 'paused')
    await sluice.queues.pause('llm')

    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')
    expect(await sluice.queues.get('llm')).toMatchObject({ concurrency: 50, paused: true })
  })

  dashboardTest('pause, resume and delete a queue, with a reason for the audit log', async ({ open, sluice }) => {
    await sluice.queues.put('llm', {})
    const page = await open('queues/llm')

    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('the provider is down')
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await expectText(page, 'llm is paused.')
    expect(await sluice.queues.get('llm')).toMatchObject({ paused: true })
    const { rows } = await sluice.audit.list({ operation: 'pauseQueue' })
    expect(rows).toMatchObject([{ object: 'queues/llm', reason: 'the provider is down' }])

    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await expectText(page, 'llm is resumed.')
    expect(await sluice.queues.get('llm')).toMatchObject({ paused: false })

    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type llm to confirm').fill('llm')
    await confirm.click()
    await expectText(page, 'llm is deleted.')
    await expect(sluice.queues.get('llm')).rejects.toMatchObject({ code: 'SLUICE_QUEUE_NOT_FOUND' })
  })

  dashboardTest('warn of queues whose batches no worker runs', async ({ open, sluice, startWorker }) => {
    const page = await open('queues')
    await expectText(page, 'default no worker')
    expect(await page.getByText('No worker serves').count()).toBe(0)
    await sluice.batches.create({ tasks: [{ payload: { url: 'http://127.0.0.1:1' } }] })

    await expectText(page, 'No worker serves default')
    await startWorker()
    await page.getByText('No worker serves default').waitFor({ state: 'detached' })
  })

  dashboardTest('show a viewer the settings, and nothing to change them with', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { concurrency: 20, http: { hosts: ['a.example.com', 'b.example.com'] } })
    const viewer = await withKey(sluice, 'viewer')
    const list = await open('queues', viewer)
    await expectText(list, 'llm')
    expect(await list.getByRole('button', { name: 'New queue' }).count()).toBe(0)
    const links = await list.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts()
    expect(links).not.toContain('API keys')
    expect(links).not.toContain('Audit log')

    const page = await open('queues/llm', viewer)
    await expectText(page, /Concurrency 20 .*a\.example\.com b\.example\.com/)
    expect(await page.locator('main').getByRole('button').count()).toBe(0)
    expect(await page.locator('main :is(input, select, textarea)').count()).toBe(0)
  })

  dashboardTest('show a narrowed key its queues, and no control of what belongs to all', async ({ open, sluice }) => {
    await sluice.queues.put('llm', { http: { secrets: ['EXAMPLE_KEY'] } })
    const operator = await withKey(sluice, 'operator', { queues: ['llm'] })
    const list = await open('queues', operator)
    await expectText(list, 'llm')
    await expectText(list, /^(?!.*\bdefault\b)/)
    const links = await list.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts()
    expect(links).not.toContain('System')

    const page = await open('queues/llm', operator)
    await page.getByLabel('Concurrency', { exact: true }).fill('7')
    expect(await page.getByLabel('Secrets that tasks may use').count()).toBe(0)
    await expectText(page, 'EXAMPLE_KEY')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')
    expect(await sluice.queues.get('llm')).toMatchObject({ concurrency: 7, http: { secrets: ['EXAMPLE_KEY'] } })
  })
})
