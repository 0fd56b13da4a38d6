import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cliTest, COMMAND, inheritedEnvironment, runCli } from '../support/cli-test.ts'
import { hasScript } from '../support/terminal.ts'

/** A test with an API key, and commands that have nothing but a folder for their profiles. */
const profileTest = cliTest
  .extend('apiKey', async ({ cli }) => {
    const { stdout } = await cli(['key', 'create', 'laptop', '--role', 'operator'])
    return stdout.trim()
  })
  .extend(
    'sluice',
    ({ folder }) =>
      (args: readonly string[], env: Record<string, string> = {}, input?: string) =>
        runCli(args, { env: { XDG_CONFIG_HOME: folder, ...env }, ...(input !== undefined && { input }) }),
  )
  .extend('config', ({ folder }) => join(folder, 'sluice/config.json'))

// A busy machine starts a dozen processes slowly.
describe('profiles', { timeout: 180_000 }, () => {
  profileTest(
    'keep an address and a checked key, readable by their owner only',
    async ({ sluice, api, apiKey, config }) => {
      const login = await sluice(['login', '--server', api.url], {}, `${apiKey}\n`)

      expect([login.code, login.stderr]).toEqual([
        0,
        'You are laptop (operator). The key is kept in the profile "default".\n',
      ])
      expect((await stat(config)).mode & 0o777).toBe(0o600)
      expect(JSON.parse(await readFile(config, 'utf8'))).toEqual({
        current: 'default',
        profiles: { default: { url: api.url, apiKey } },
      })
      expect((await sluice(['whoami'])).stdout).toContain('(laptop)')
      const { stdout } = await sluice(['profile', 'list'])
      expect(stdout).toContain(`${apiKey.slice(0, 7)}…${apiKey.slice(-2)}`)
      expect(stdout).not.toContain(apiKey)
    },
  )

  profileTest('keep no key that the API refuses', async ({ sluice, api, apiKey, config }) => {
    const wrong = `${apiKey.slice(0, -1)}${apiKey.endsWith('a') ? 'b' : 'a'}`

    const refused = await sluice(['login', '--server', api.url], {}, wrong)
    const nothing = await sluice(['login', '--server', api.url], {}, '\n')

    expect([refused.code, nothing.code]).toEqual([4, 2])
    expect(existsSync(config)).toBe(false)
  })

  profileTest('are added, used and removed by name', async ({ sluice, api, file, apiKey }) => {
    const key = await file('key', `${apiKey}\n`)
    const away = 'http://127.0.0.1:9'
    await sluice(['profile', 'add', 'away', '--server', away])
    await sluice(['profile', 'add', 'here', '--server', api.url, '--key-file', key])

    expect((await sluice(['whoami'])).code).toBe(7)
    expect((await sluice(['whoami', '--profile', 'here'])).stdout).toContain('(laptop)')
    expect((await sluice(['whoami'], { SLUICE_PROFILE: 'here' })).stdout).toContain('(laptop)')
    await sluice(['profile', 'use', 'here'])
    expect((await sluice(['whoami'])).stdout).toContain('(laptop)')
    await sluice(['profile', 'remove', 'here'])
    const list = await sluice(['profile', 'list', '--json'])
    expect(JSON.parse(list.stdout)).toEqual([{ name: 'away', url: away, key: null, current: false }])
    const missing = await sluice(['whoami', '--profile', 'here'])
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('There is no profile "here". Profiles: away.'),
    ])
    expect((await sluice(['profile', 'use', '__proto__'])).code).toBe(2)
  })

  profileTest(
    'give way to options and variables, and their key goes to no other API',
    async ({ sluice, api, apiKey, cli }) => {
      const { stdout: other } = await cli(['key', 'create', 'other', '--role', 'viewer'])
      const named = api.url.replace('127.0.0.1', 'localhost')
      await sluice(['login', '--server', api.url], {}, apiKey)

      expect((await sluice(['whoami'], { SLUICE_API_KEY: other.trim() })).stdout).toContain('(other)')
      expect((await sluice(['whoami'], { SLUICE_URL: named })).stdout).toContain('anonymous')
      expect((await sluice(['whoami', '--server', named])).stdout).toContain('anonymous')
      expect((await sluice(['whoami', '--server', api.url])).stdout).toContain('(laptop)')
      expect((await sluice(['whoami', '--profile', 'default'], { SLUICE_URL: named })).stdout).toContain('(laptop)')
      const elsewhere = await sluice(['login', '--server', named], {}, apiKey)
      expect([elsewhere.code, elsewhere.stderr]).toEqual([
        2,
        expect.stringContaining(`The profile "default" is for ${api.url}`),
      ])
    },
  )

  profileTest('that cannot be read are said to be so', async ({ sluice, config, api, apiKey }) => {
    await sluice(['login', '--server', api.url], {}, apiKey)
    await writeFile(config, '{"profiles":{"a":{}}}')
    await chmod(config, 0o600)

    const { code, stderr } = await sluice(['whoami'])

    expect([code, stderr]).toEqual([2, `sluice: ${config} is not a file of profiles. Repair or delete it.\n`])
  })

  profileTest.skipIf(!hasScript)(
    'ask for a key on a terminal without showing it',
    async ({ api, apiKey, folder, config }) => {
      const command = [...COMMAND, 'login', '--server', api.url].map((part) => `'${part}'`).join(' ')
      const ask = async (typed: string) => {
        const child = spawn('script', ['-qefc', command, '/dev/null'], {
          env: { ...inheritedEnvironment(), XDG_CONFIG_HOME: folder, TERM: 'xterm' },
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        let output = ''
        child.stdout.on('data', (part) => (output += String(part)))
        await until(() => output.includes('API key for'), 30_000)
        const closed = once(child, 'close')
        child.stdin.write(typed)
        await closed
        return { code: child.exitCode, output }
      }

      const interrupted = await ask('slk1_\u0003')
      const typed = await ask(`x\u007F${apiKey}\r`)

      expect([interrupted.code, typed.code]).toEqual([130, 0])
      expect(typed.output).toContain('You are laptop (operator).')
      expect(typed.output).not.toContain(apiKey.slice(5, 20))
      expect(await readFile(config, 'utf8')).toContain(apiKey)
    },
  )
})
