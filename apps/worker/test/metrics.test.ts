import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createMetrics } from '../src/metrics.ts'
import { startMetricsServer } from '../src/metrics-server.ts'

test('attempts, failures, turns, permits, changes of the pace and transitions are counted, and the running attempts are shown', async () => {
  let running = 3
  const { registry, observe } = createMetrics(() => running)
  const attempt = { kind: 'attempt', queue: 'calls', type: 'http' } as const

  observe({ ...attempt, outcome: 'completed', durationMs: 40 })
  observe({ ...attempt, outcome: 'completed', durationMs: 2000 })
  observe({ ...attempt, outcome: 'aborted', durationMs: 0 })
  observe({ ...attempt, outcome: 'retry', failureClass: 'server', durationMs: 5 })
  observe({ ...attempt, outcome: 'failed', failureClass: 'server', durationMs: 5 })
  observe({ kind: 'turn', reply: 'run', durationMs: 0.4 })
  observe({ kind: 'ask', limit: 'api', durationMs: 0.3 })
  observe({ kind: 'permit', limit: 'api', decision: 'granted', durationMs: 400 })
  observe({ kind: 'pause', limit: 'api', cause: 'refused', durationMs: 1000 })
  observe({ kind: 'pace', change: 'paused' })
  const batch = { batchId: 'b1', code: 'orders-7', queue: 'calls' }
  const criterion = { reason: 'failed_tasks_exceeded', message: '', value: 1, threshold: 1 }
  observe({ kind: 'transition', transition: { ...batch, transition: 'completed' } })
  observe({ kind: 'transition', transition: { ...batch, transition: 'interrupted', ...criterion } })
  for (const reason of ['budget', 'lunch'])
    observe({ kind: 'transition', transition: { ...batch, transition: 'interrupted', reason, message: '' } })
  running = 2
  const lines = (await registry.metrics()).split('\n')

  expect(lines).toEqual(
    expect.arrayContaining([
      'sluice_attempts_running 2',
      'sluice_attempt_duration_seconds_count{queue="calls",type="http",outcome="completed"} 2',
      'sluice_attempt_duration_seconds_count{queue="calls",type="http",outcome="aborted"} 1',
      'sluice_attempt_duration_seconds_bucket{le="0.05",queue="calls",type="http",outcome="completed"} 1',
      'sluice_attempt_duration_seconds_sum{queue="calls",type="http",outcome="completed"} 2.04',
      'sluice_turn_duration_seconds_count{reply="run"} 1',
      'sluice_limit_ask_duration_seconds_count{limit="api"} 1',
      'sluice_limit_wait_seconds_sum{limit="api",decision="granted"} 0.4',
      'sluice_limit_pauses_total{limit="api",cause="refused"} 1',
      'sluice_pace_changes_total{change="paused"} 1',
      'sluice_attempt_failures_total{failure_class="server"} 2',
      'sluice_batch_transitions_total{transition="completed"} 1',
      'sluice_batch_transitions_total{transition="interrupted",reason="failed_tasks_exceeded"} 1',
      'sluice_batch_transitions_total{transition="interrupted",reason="manual"} 2',
    ]),
  )
})

test('the metrics server serves metrics, health and readiness, and nothing else', async ({ onTestFinished }) => {
  const { registry } = createMetrics(() => 0)
  let problem: string | undefined
  const server = await startMetricsServer(registry, async () => problem, 0, '127.0.0.1')
  onTestFinished(() => void server.close())
  const get = (path: string) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)

  const [metrics, health, ready, other] = await Promise.all(['/metrics', '/healthz', '/readyz', '/'].map(get))
  problem = 'Redis is not connected'
  const [stillAlive, unready] = await Promise.all(['/healthz', '/readyz'].map(get))

  expect(metrics?.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(await metrics?.text()).toContain('sluice_attempts_running 0\n')
  expect([health?.status, await health?.json()]).toEqual([200, { status: 'ok' }])
  expect([ready?.status, await ready?.json()]).toEqual([200, { status: 'ok' }])
  expect(stillAlive?.status).toBe(200)
  expect([unready?.status, await unready?.json()]).toEqual([503, { status: 'unavailable', problem }])
  expect(other?.status).toBe(404)
})

test('a port in use is an error', async ({ onTestFinished }) => {
  const { registry } = createMetrics(() => 0)
  const server = await startMetricsServer(registry, async () => undefined, 0, '127.0.0.1')
  onTestFinished(() => void server.close())

  const starting = startMetricsServer(
    registry,
    async () => undefined,
    (server.address() as AddressInfo).port,
    '127.0.0.1',
  )

  await expect(starting).rejects.toThrow('EADDRINUSE')
})
