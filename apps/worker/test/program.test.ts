import { startProcess } from '@sluice/testing/servers'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const entry = new URL('../src/main.ts', import.meta.url)

/** Runs the program until it exits. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = await startProcess({ entry, args, env, ready: /\n/, readyTimeoutMs: 30_000 })
  const { code } = await program.exited
  return { code, output: program.output }
}

describe.concurrent('the worker program', { timeout: 40_000 }, () => {
  test('shows every setting with --help', async () => {
    const { code, output } = await run(['--help'])

    expect(code).toBe(0)
    expect(output).toMatch(/^Runs the tasks of batches\./)
    for (const name of ['SLUICE_REDIS_URL', 'SLUICE_WORKER_CONCURRENCY', 'SLUICE_HANDLERS', 'SLUICE_LOG_LEVEL']) {
      expect(output).toContain(`  ${name} (default: `)
    }
  })

  test('checks its settings and stops with --check-settings', async () => {
    const { code, output } = await run(['--check-settings'], {
      SLUICE_WORKER_CONCURRENCY: '7',
      SLUICE_SECRET_KEY: '0123456789abcdef',
      SLUICE_SECRET_KEY_HOSTS: 'api.example.com',
    })

    expect({ code, output }).toEqual({ code: 0, output: 'The settings and the handlers are in order.\n' })
  })

  test.for([
    ['an ES module', 'a.mjs', 'export default {\n  a() {\n    return 1 +;\n  },\n}', ':3'],
    ['CommonJS', 'a.cjs', 'module.exports = {\n  a( { }\n}\n', ':3'],
    ['TypeScript', 'a.ts', 'export default {\n  a(x: ) {},\n}', ':2'],
    ['a module that throws', 'throws.mjs', '\n\nthrow new Error("no key")', ':3'],
    ['a module whose dependency is missing', 'outer.mjs', 'import "./gone.mjs"', ''],
  ] as const)(
    'loads the handlers with --check-settings, and names the line that is wrong: %s',
    async ([, name, source, line], { onTestFinished }) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-handlers-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const path = join(folder, name)
      await writeFile(path, source)

      const { code, output } = await run(['--check-settings'], { SLUICE_HANDLERS: path })

      expect(code).toBe(2)
      expect(output).toContain(`The handlers cannot be used: ${path}${line} could not be loaded: `)
    },
  )

  test('refuses a secret without hosts, and does not show it', async () => {
    const { code, output } = await run(['--check-settings'], { SLUICE_SECRET_KEY: 'top-secret-0123456789' })

    expect(code).toBe(2)
    expect(output).toContain('SLUICE_SECRET_KEY: set SLUICE_SECRET_KEY_HOSTS to the hosts that it may be sent to')
    expect(output).not.toContain('top-secret')
  })

  test('shows its version with --version', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^sluice-worker \d+\.\d+\.\d+\n$/),
    })
  })

  test('ignores the settings of other processes', async () => {
    const env = { SLUICE_PORT: '8080', SLUICE_GATE_ENABLED: 'false', SLUICE_DEMO_TASKS: '5', SLUICE_LOG_LEVEL: 'trace' }

    expect(await run(['--check-settings'], env)).toMatchObject({ code: 0 })
  })

  test('names all wrong settings at once', async () => {
    const { code, output } = await run([], {
      SLUICE_WORKER_CONCURRENCY: 'many',
      SLUICE_SHUTDOWN_GRACE_MS: '-1',
      SLUICE_LOG_LEVEL: 'loud',
      SLUICE_HANDLER: './handlers.js',
    })

    expect(code).toBe(2)
    expect(output).toBe(
      [
        'The settings cannot be used:',
        '  SLUICE_WORKER_CONCURRENCY: must be an integer from 1 to 10000, got "many"',
        '  SLUICE_SHUTDOWN_GRACE_MS: must be an integer from 0 to 3600000, got "-1"',
        '  SLUICE_LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent, got "loud"',
        '  SLUICE_HANDLER: unknown setting, did you mean SLUICE_HANDLERS?',
        '',
      ].join('\n'),
    )
  })

  test('refuses a URL that is not one of Redis', async () => {
    const { code, output } = await run([], { SLUICE_REDIS_URL: 'sentinel://redis:26379' })

    expect(code).toBe(2)
    expect(output).toMatch(/SLUICE_REDIS_URL: must be redis:\/\/host:port, .* got "sentinel:\/\/redis:26379"/)
  })

  test('refuses hosts that it could never match', async () => {
    const { code, output } = await run([], { SLUICE_HTTP_ALLOW_HOSTS: '10.0.0.0/8,api.example.com,example.com.' })

    expect(code).toBe(2)
    expect(output).toBe(
      [
        'The settings cannot be used:',
        '  SLUICE_HTTP_ALLOW_HOSTS: "10.0.0.0/8" is a URL or a range of addresses; list hosts such as api.example.com or 10.0.0.1:8080.',
        '  SLUICE_HTTP_ALLOW_HOSTS: "example.com." must not end with a dot.',
        '',
      ].join('\n'),
    )
  })

  test('reports a module of handlers that cannot be used, at any log level', async () => {
    const { code, output } = await run([], { SLUICE_HANDLERS: './no-such-module.js', SLUICE_LOG_LEVEL: 'silent' })

    expect(code).toBe(2)
    expect(output).toMatch(
      /^The handlers cannot be used: .\/no-such-module\.js could not be loaded: Cannot find module/,
    )
  })
})
