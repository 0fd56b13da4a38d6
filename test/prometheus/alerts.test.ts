import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { alerts, metricsIn } from './read-alerts.ts'

const folder = new URL('../../deploy/prometheus/', import.meta.url)

interface Case {
  eval_time: string
  alertname: string
  exp_alerts: unknown[]
}

const { tests } = parse(readFileSync(new URL('alerts.test.yml', folder), 'utf8')) as {
  tests: { name: string; input_series: { series: string }[]; alert_rule_test: Case[] }[]
}

function promtool(...args: string[]) {
  return spawnSync('promtool', args, { cwd: fileURLToPath(folder), encoding: 'utf8' })
}

const isMissing = promtool('--version').error !== undefined
if (isMissing) process.stderr.write('\n!!! promtool is missing, so the alerts of deploy/prometheus are not tested.\n\n')

describe.skipIf(isMissing)('the alerts', () => {
  test('are valid rules', () => {
    const { status, stdout, stderr } = promtool('check', 'rules', 'alerts.yml')

    expect({ status, output: stdout + stderr }).toEqual({
      status: 0,
      output: expect.stringContaining(`${alerts.length} rules found`),
    })
  })

  test('fire for what they are meant for, and stay silent for a busy and for an idle installation', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', 'alerts.test.yml')

    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') })
  })
})

test.each(alerts)('$alert is tested with series that it fires for, and with two that it is silent for', (alert) => {
  const of = (isFiring: boolean) =>
    tests.filter(({ alert_rule_test: cases }) =>
      cases.some(({ alertname, exp_alerts: fired }) => alertname === alert.alert && fired.length > 0 === isFiring),
    )
  const silent = of(false).filter(({ name }) => /^(a busy|an idle) installation/.test(name))

  expect(of(true).length).toBeGreaterThan(0)
  expect(silent).toHaveLength(2)
  // Silent because of their values, not because the metrics are absent.
  for (const { input_series: series } of silent) {
    const names = series.map((each) => each.series.replace(/\{.*/, ''))
    expect(names).toEqual(expect.arrayContaining(metricsIn(alert)))
  }
})

test.each(alerts)('docs/operations.md describes $alert with its condition', ({ alert, expr, for: duration = '' }) => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const row = page.split('\n').find((line) => line.startsWith(`| \`${alert}\` |`))

  expect(row).toContain(`| \`${expr}\` | ${duration.replace(/m$/, ' min ')}|`)
})
