import type { Batch, Sluice } from '@sluice/client'
import { until } from '@sluice/testing'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

/** A number that JavaScript cannot hold. */
const LONG_NUMBER = '12345678901234567890.10'

/** Presses a button of the page, and the one with the same words in the dialog that asks. */
async function act(page: Page, button: string, confirm = button): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: confirm, exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function stateOf(sluice: Sluice, { id }: Batch) {
  return (await sluice.batches.get(id)).state
}

/** A test whose API takes tasks of three megabytes. */
const batchTest = dashboardTest.override('env', ({ redisServer, prefix }) => ({
  SLUICE_REDIS_URL: redisServer.url,
  SLUICE_KEY_PREFIX: prefix,
  SLUICE_MAX_TASK_BYTES: '4194304',
}))

const call = (url: string) => ({ payload: { url } })

describe.skipIf(executable === undefined)('the page of a batch', () => {
  batchTest('interrupts, resumes with a reason, seals, cancels and deletes', async ({ open, sluice }) => {
    const tasks = Array.from({ length: 30 }, () => call('https://example.com'))
    const batch = await sluice.batches.create({ code: 'nightly', tasks, sealed: false })
    const page = await open(`batches/${batch.id}`)

    await act(page, 'Interrupt')
    await expectText(page, 'Interrupted')
    expect(await stateOf(sluice, batch)).toBe('interrupted')

    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByLabel('Reason').fill('the upstream is back')
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await until(async () => (await stateOf(sluice, batch)) === 'active')
    await expect
      .poll(async () => (await sluice.audit.list({ operation: 'resumeBatch' })).rows)
      .toMatchObject([{ reason: 'the upstream is back', result: 'done' }])

    await act(page, 'Seal')
    await until(async () => (await sluice.batches.get(batch.id)).sealed)
    await act(page, 'Cancel', 'Cancel the batch')
    await expectText(page, 'cancelled')
    expect(await stateOf(sluice, batch)).toBe('cancelled')

    await page.getByRole('button', { name: 'Delete' }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type nightly to confirm').fill('nightly')
    await confirm.click()
    await expectText(page, 'No batches yet')
    await expect(sluice.batches.get(batch.id)).rejects.toMatchObject({ code: 'SLUICE_BATCH_NOT_FOUND' })
    expect(page.complaints).toEqual([])
  })

  batchTest('offers the criterion that stopped the batch, raised', async ({ open, sluice, startWorker, upstream }) => {
    await startWorker()
    const tasks = Array.from({ length: 40 }, () => call(`${upstream}/fail`))
    const interruptionCriteria = { maxFailedTasks: 3, maxConsecutiveFailures: null }
    const batch = await sluice.batches.create({ code: 'fails', tasks, concurrency: 1, interruptionCriteria })
    const page = await open(`batches/${batch.id}`)
    await expectText(page, /Interrupted .*failed tasks exceeded/)

    await page.getByRole('button', { name: 'Resume' }).click()
    expect(await page.getByLabel('Failed tasks, at most').inputValue()).toBe('6')
    await page.getByLabel('Failed tasks, at most').fill('5')
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await until(async () => (await sluice.batches.get(batch.id)).interruptionCriteria.maxFailedTasks === 5)
  })

  batchTest('retries exactly the tasks of an error', async ({ open, sluice, startWorker, upstream }) => {
    await startWorker()
    const tasks = [call(`${upstream}/fail`), call(`${upstream}/ok`), call('http://127.0.0.2'), call(`${upstream}/fail`)]
    const { id } = await sluice.batches.create({ tasks })
    await sluice.batches.wait(id)
    const page = await open(`batches/${id}/errors`)

    // The worker refuses the private address: an error of the same class.
    expect((await sluice.batches.report(id)).errors.map(({ failureClass }) => failureClass)).toEqual([
      'invalid',
      'invalid',
    ])
    await page.getByRole('row', { name: /400/ }).getByRole('button', { name: 'Retry these' }).click()
    await page.getByRole('dialog').getByText('2 tasks failed with').waitFor()
    await page.getByLabel('Reason').fill('the upstream is back')
    await page.getByRole('dialog').getByRole('button', { name: 'Retry', exact: true }).click()
    await expectText(page, '2 tasks will run again')
    await page.getByRole('link', { name: 'task 0' }).click()
    await page.getByRole('dialog', { name: 'Task 0' }).waitFor()
  })

  batchTest('changes the settings of a batch that runs', async ({ open, sluice }) => {
    const batch = await sluice.batches.create({ interruptionCriteria: { maxErrorRate: 0.1, stopOn: ['auth'] } })
    const page = await open(`batches/${batch.id}/settings`)

    await page.getByLabel('Concurrency', { exact: true }).fill('7')
    expect(await page.getByLabel('Error rate, in %').inputValue()).toBe('10')
    await page.getByLabel('Error rate, in %').fill('12.5')
    await page.getByLabel('Failures in a row').fill('')
    await page.getByLabel('timeout', { exact: true }).check()
    await page.getByLabel('Runtime').fill('1.5h')
    await page.getByPlaceholder('Reason').fill('a stricter provider')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'Saved.')
    const { concurrency, interruptionCriteria } = await sluice.batches.get(batch.id)
    expect({ concurrency, interruptionCriteria }).toEqual({
      concurrency: 7,
      interruptionCriteria: {
        maxErrorRate: 0.125,
        maxBatchRuntimeMs: 5_400_000,
        stopOn: expect.arrayContaining(['auth', 'timeout']),
      },
    })
    const { rows } = await sluice.audit.list({ operation: 'updateBatch' })
    expect(rows).toMatchObject([{ reason: 'a stricter provider' }])

    await page.getByLabel('Priority').fill('3')
    await page.getByLabel('First delay').fill('90m')
    await page.getByLabel('Longest delay').fill('90s')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page, 'body/retry/minDelayMs must be at most maxDelayMs, 90000.')
  })

  batchTest('keeps what it has saved while it does not hear of it', async ({ open, sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false })
    const page = await open(`batches/${id}/settings`)
    const concurrency = page.getByLabel('Concurrency', { exact: true })
    await concurrency.fill('7')
    // A frozen page reads nothing again.
    await page.getByRole('button', { name: 'Freeze the page' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('button', { name: 'Save changes' }).waitFor({ state: 'detached' })
    expect(await concurrency.inputValue()).toBe('7')

    await page.getByLabel('Priority').fill('3')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('button', { name: 'Save changes' }).waitFor({ state: 'detached' })
    await expect.poll(() => sluice.batches.get(id)).toMatchObject({ concurrency: 7, priority: 3 })
    await page.getByRole('button', { name: 'Freeze the page' }).click()
    await sluice.batches.update(id, { concurrency: 5 })
    await expect.poll(() => concurrency.inputValue()).toBe('5')
    await sluice.batches.update(id, { concurrency: null })
    await expect.poll(() => concurrency.inputValue()).toBe('')
  })

  batchTest('shows payloads with all digits, markup as text, and cuts what is long', async ({ open, api, sluice }) => {
    const { id } = await sluice.batches.create({ type: 'own' })
    const markup = '"<img src=x onerror=alert(1)>"'
    const long = 'y'.repeat(3_000_000)
    const lines = [
      `{"key":"digits","payload":{"n":${LONG_NUMBER},"html":${markup}}}`,
      `{"key":"long","payload":"${long}"}`,
    ]
    await fetch(`${api.url}/v1/batches/${id}/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    })
    const page = await open(`batches/${id}/tasks`)
    await page.getByRole('link', { name: '0', exact: true }).click()
    await expectText(page, LONG_NUMBER)
    expect(await page.locator('dialog img').count()).toBe(0)

    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await expectText(page, 'These are the first 64.0 KB')
    expect((await page.locator('dialog').innerText()).length).toBeLessThan(70_000)
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const chunks = await (await (await downloading).createReadStream()).toArray()
    expect(Buffer.concat(chunks as Buffer[]).length).toBe(long.length + 2)
    expect(page.complaints).toEqual([])
  })

  batchTest('says that the batch is gone when somebody deletes it meanwhile', async ({ open, sluice }) => {
    const { id } = await sluice.batches.create({ code: 'short-lived', tasks: [call('https://example.com')] })
    const page = await open(`batches/${id}`)
    await expectText(page, 'active')

    await sluice.batches.cancel(id)
    await expectText(page, 'cancelled')
    await sluice.batches.delete(id)
    await expectText(page, 'SLUICE_BATCH_NOT_FOUND')
    expect(page.complaints).toEqual([])
  })

  batchTest('shows each chart as a sentence and as a table, too', async ({ open, sluice, startWorker, upstream }) => {
    await startWorker()
    const tasks = Array.from({ length: 2000 }, () => call(`${upstream}/ok/100`))
    const batch = await sluice.batches.create({ tasks, concurrency: 4 })
    const page = await open(`batches/${batch.id}`)

    await expectText(page, '4 of 4 run now.')
    expect(await page.getByRole('img', { name: /^Running tasks\. 4 of 4 run now/ }).count()).toBe(1)
    const chart = page.getByRole('figure', { name: 'Running tasks' })
    await chart.getByRole('button', { name: 'Table' }).click()
    await chart.getByRole('cell', { name: '4', exact: true }).first().waitFor()
    expect(page.complaints).toEqual([])
  })

  batchTest(
    'draws the concurrency and the criteria of earlier times, and marks what was changed',
    { timeout: 120_000 },
    async ({ open, sluice, startWorker, upstream }) => {
      await startWorker()
      const tasks = Array.from({ length: 3000 }, (_, n) => call(`${upstream}/${n % 10 === 0 ? 'fail' : 'ok'}/100`))
      const interruptionCriteria = { maxFailedTasks: 1000, maxConsecutiveFailures: null }
      const { id } = await sluice.batches.create({ tasks, concurrency: 4, interruptionCriteria })
      await until(async () => (await sluice.batches.series(id)).samples.length >= 2, 30_000)
      await sluice.batches.update(id, { concurrency: 2, interruptionCriteria: { maxFailedTasks: 500 } })
      await until(async () => (await sluice.batches.series(id)).samples.length >= 4, 60_000)

      // The page was not open when it happened.
      const page = await open(`batches/${id}`)
      const valuesOf = async (title: string) => {
        const chart = page.getByRole('figure', { name: title })
        await chart.getByRole('button', { name: 'Table' }).click()
        const rows = await chart.getByRole('row').allInnerTexts()
        return rows.slice(1).map((row) => row.split(/\s+/))
      }
      await expectText(page, 'of 2 run now.')
      await expect.poll(() => page.getByRole('figure', { name: 'Running tasks' }).innerText()).toMatch(/changed at \d/)
      const running = await valuesOf('Running tasks')
      expect(new Set(running.map((row) => row.at(-1)))).toEqual(new Set(['4', '2']))
      expect((await valuesOf('Criteria, as a share of their thresholds')).length).toBeGreaterThanOrEqual(3)
      expect(page.complaints).toEqual([])
    },
  )
})
