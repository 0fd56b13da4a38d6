import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { freePort, ProcessNotReadyError, startProcess, type StartProcessOptions } from '../src/index.ts'

const program = (name: string) => new URL(`support/programs/${name}.ts`, import.meta.url)

async function startServer(options: Partial<Pick<StartProcessOptions, 'ready' | 'args' | 'env'>> = {}) {
  const port = await freePort()
  const running = await startProcess({
    entry: program('server'),
    ready: /ready with/,
    ...options,
    env: { EXAMPLE_PORT: String(port), ...options.env },
  })
  onTestFinished(async () => void (await running.kill()))
  return { running, url: `http://127.0.0.1:${port}/`, port }
}

describe('starting', () => {
  test('waits for the output that means ready', async () => {
    const { running, url } = await startServer({ args: ['one', 'two'] })

    expect(running.output).toContain('ready with one two\n')
    expect((await fetch(url)).status).toBeGreaterThan(0)
  })

  test('waits for a URL that answers with success', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/`

    const { running } = await startServer({ ready: url, env: { EXAMPLE_PORT: String(port) } })

    expect((await fetch(url)).status).toBe(200)
    expect(running.hasExited).toBe(false)
  })

  test('hands on the environment, but not the settings of the tests themselves', async () => {
    vi.stubEnv('SLUICE_TEST_REDIS', 'auto')
    vi.stubEnv('EXAMPLE_INHERITED', '1')

    const { running } = await startServer({ env: { SLUICE_PORT: '0' } })

    await expect.poll(() => running.output).toMatch(/environment .*\n/)
    const names = /environment (.*)/.exec(running.output)?.[1]?.split(' ')
    expect(names).toEqual(expect.arrayContaining(['PATH', 'EXAMPLE_INHERITED', 'SLUICE_PORT']))
    expect(names?.filter((name) => /^(SLUICE_TEST|VITEST|NODE_ENV)/.test(name))).toEqual([])
    vi.unstubAllEnvs()
  })

  test('a program that ends before it is ready is an error with the tail of its output', async () => {
    const starting = startProcess({ entry: program('crashing'), ready: /never/ })

    await expect(starting).rejects.toThrow(ProcessNotReadyError)
    await expect(starting).rejects.toThrow(
      /about to fail[^]*there is no such thing[^]*before it was ready \(exit code 1\)/,
    )
  })

  test('a program that is never ready is killed', async () => {
    const starting = startProcess({
      command: 'sh',
      args: ['-c', 'echo $$; exec sleep 60'],
      ready: /never/,
      readyTimeoutMs: 200,
    })

    const error = await starting.catch((reason: unknown) => reason as ProcessNotReadyError)
    expect(error).toMatchObject({ message: expect.stringMatching(/^Process "sh -c .*was not ready after 200 ms$/s) })
    expect(isRunning(Number((error as ProcessNotReadyError).output))).toBe(false)
  })

  test('a program that does not exist is an error that names it', async () => {
    await expect(startProcess({ command: 'no-such-program', ready: /never/ })).rejects.toThrow(/no-such-program ENOENT/)
  })
})

describe('ending', () => {
  test('stop asks, waits, and says how it ended, also when asked again', async () => {
    const { running } = await startServer()

    expect(await running.stop()).toEqual({ code: 3, signal: null })
    expect(await running.stop()).toEqual({ code: 3, signal: null })
    expect(await running.kill()).toEqual({ code: 3, signal: null })
    expect(running.output).toContain('stopping')
  })

  test('a program that ignores the signal is killed, and that is an error', async () => {
    const { running } = await startServer()

    await expect(running.stop('SIGINT', 100)).rejects.toThrow(/not now[^]*was still running 100 ms after SIGINT/)
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('kill leaves it no time to do anything', async () => {
    const { running, url } = await startServer()

    expect(await running.kill()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(running.output).not.toContain('stopping')
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  test('nothing outlives a harness that is killed', async () => {
    const harness = await startProcess({ entry: program('harness'), ready: /started .*\n/ })
    const ports = /started (\d+) (\d+)/.exec(harness.output)?.slice(1).map(Number)
    expect(await Promise.all(ports?.map(isListening) ?? [])).toEqual([true, true])

    await harness.kill()

    await expect.poll(() => Promise.all(ports?.map(isListening) ?? []), { timeout: 5000 }).toEqual([false, false])
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
