import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Step {
  uses?: string
  run?: string
}

interface Workflow {
  on: Record<string, unknown>
  permissions: Record<string, string>
  concurrency: { group: string }
  jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; steps: Step[] }>
}

const root = new URL('../', import.meta.url)
const folder = new URL('.github/workflows/', root)
const readText = (path: string) => readFileSync(new URL(path, root), 'utf8')

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
const workflows = readdirSync(folder).map((file) => ({
  file,
  workflow: parse(readText(`.github/workflows/${file}`)) as Workflow,
}))

function stepsOf(workflow: Workflow): Step[] {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps)
}

describe.each(workflows)('$file', ({ workflow }) => {
  test('may read the repository at most, unless a job says why it needs more', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions)
    // Runs with the rights of the repository on code of a stranger.
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
  })

  test('ends by itself, and never runs twice for one thing', () => {
    const jobs = Object.entries(workflow.jobs)
    expect(jobs.filter(([, job]) => job['timeout-minutes'] === undefined).map(([name]) => name)).toEqual([])
    expect(workflow.concurrency.group).toMatch(/^[a-z]+/)
  })

  test("uses GitHub's own actions, of a fixed major version or commit, and those of the repository", () => {
    const actions = stepsOf(workflow).flatMap(({ uses }) => (uses === undefined ? [] : [uses]))
    const isTrusted = (action: string) =>
      /^actions\/[a-z-]+@(v\d+|[0-9a-f]{40})$/.test(action) ||
      (action.startsWith('./') && existsSync(new URL(`${action}/action.yml`, root)))

    expect(actions.filter((action) => !isTrusted(action))).toEqual([])
  })

  test('runs only scripts that exist', () => {
    const commands = stepsOf(workflow).flatMap(({ run = '' }) => run.split('\n'))
    const called = (pattern: RegExp) => commands.flatMap((command) => pattern.exec(command)?.[1] ?? [])

    expect(called(/^\s*pnpm (?:--silent )?([a-z:-]+)/).filter((name) => !(name in scripts))).toEqual([])
    expect(called(/^\s*(script\/[a-z-]+)/).filter((path) => !existsSync(new URL(path, root)))).toEqual([])
  })
})

test('only the job that publishes can authenticate as the repository, and it runs no code of the repository', () => {
  const jobs = workflows.flatMap(({ workflow }) => Object.entries(workflow.jobs))
  const trusted = jobs.filter(([, { permissions }]) => permissions?.['id-token'] === 'write')

  expect(trusted.map(([name]) => name)).toEqual(['publish'])
  expect(trusted.flatMap(([, { steps }]) => steps.filter(({ uses = '' }) => /checkout|^\.\//.test(uses)))).toEqual([])
})
