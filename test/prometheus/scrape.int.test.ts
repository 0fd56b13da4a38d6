import { startRedis } from '@sluice/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Actor } from '../chaos/actor.ts'
import { alerts, FOREIGN_METRICS, labelsIn, metricsIn } from './read-alerts.ts'

/** The first pass of the reconciler comes within 15 s. */
const WITHIN_MS = 60_000

async function startInstallation(): Promise<{ api: Actor; worker: Actor }> {
  const redis = await startRedis({ exclusive: true })
  const [api, worker] = await Promise.all(
    (['api', 'worker'] as const).map((app) => Actor.create(app, 0, redis.url, '127.0.0.1:1')),
  )
  if (!api || !worker) throw new Error('nothing was created')
  onTestFinished(async () => {
    await Promise.all([api.discard(), worker.discard()])
    await redis.stop()
  })
  await Promise.all([api.start(), worker.start()])
  return { api, worker }
}

test(
  'every metric and label that an alert reads occurs in what an API and a worker report',
  { timeout: 90_000 },
  async () => {
    const { api, worker } = await startInstallation()
    const tasks = [{ payload: { url: 'http://10.0.0.1/' } }]
    const headers = { 'content-type': 'application/json' }
    await fetch(`${api.baseUrl}/v1/batches`, { method: 'POST', headers, body: JSON.stringify({ tasks }) })
    const scrape = async () => {
      const answers = await Promise.all([api, worker].map(({ baseUrl }) => fetch(`${baseUrl}/metrics`)))
      return (await Promise.all(answers.map((answer) => answer.text()))).join('\n').split('\n')
    }
    const samplesOf = (lines: readonly string[], metric: string) =>
      lines.filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))

    await vi.waitFor(
      async () => {
        const lines = await scrape()
        for (const metric of ['sluice_queue_tasks', 'sluice_attempt_duration_seconds_count'])
          expect(samplesOf(lines, metric), `samples of ${metric}`).not.toEqual([])
      },
      { timeout: WITHIN_MS, interval: 200 },
    )

    const lines = await scrape()
    for (const alert of alerts) {
      const own = metricsIn(alert).filter((metric) => !FOREIGN_METRICS.includes(metric))
      for (const metric of own) expect(samplesOf(lines, metric), `${alert.alert}: ${metric}`).not.toEqual([])
      const samples = own.flatMap((metric) => samplesOf(lines, metric)).join('\n')
      const labels = own.length === 0 ? [] : labelsIn(alert)
      for (const label of labels) expect(samples, `${alert.alert}: ${label}`).toMatch(new RegExp(`[{,]${label}="`))
    }
  },
)
