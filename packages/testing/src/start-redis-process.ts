import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import type { RedisServer } from './redis-server.ts'
import { runIfHarnessDies } from './run-if-harness-dies.ts'
import type { RunningProcess } from './running-process.ts'
import { ProcessNotReadyError, startProcess } from './start-process.ts'

const MAX_TRIES = 10

/** Starts a throwaway server from a redis-server or valkey-server program, on loopback, in a folder of its own. */
export async function startRedisProcess(program: string, args: readonly string[] = []): Promise<RedisServer> {
  const { folder, discard } = await createFolder()
  for (let tries = 1; ; tries += 1) {
    const launch = { program, args, folder, discard, port: await freePort() }
    try {
      return new RedisProcess(launch, await run(launch))
    } catch (error) {
      // Between finding a free port and listening on it, another process may have taken it.
      if (tries < MAX_TRIES && isPortTaken(error)) continue
      await discard()
      throw error
    }
  }
}

interface Launch {
  program: string
  args: readonly string[]
  folder: string
  discard: () => Promise<void>
  port: number
}

async function createFolder(): Promise<Pick<Launch, 'folder' | 'discard'>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  const callOff = runIfHarnessDies(['rm', '-rf', folder])
  const discard = async () => {
    await rm(folder, { recursive: true, force: true })
    callOff()
  }
  return { folder, discard }
}

function run({ program, args, folder, port }: Launch): Promise<RunningProcess> {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  return startProcess({ command: program, args: [...own, ...args], ready: /Ready to accept connections/ })
}

function isPortTaken(error: unknown): boolean {
  return error instanceof ProcessNotReadyError && /address already in use/i.test(error.output)
}

class RedisProcess implements RedisServer {
  readonly isShared = false
  readonly url: string
  readonly #launch: Launch
  #running: RunningProcess

  constructor(launch: Launch, running: RunningProcess) {
    this.url = `redis://127.0.0.1:${launch.port}`
    this.#launch = launch
    this.#running = running
  }

  async stop(): Promise<void> {
    // Its data goes anyway, so there is nothing to end in good order.
    await this.#running.kill()
    await this.#launch.discard()
  }

  async kill(): Promise<void> {
    await this.#running.kill()
  }

  async restart(): Promise<void> {
    await this.#running.stop()
    this.#running = await run(this.#launch)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
