import { access } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { getContainerRuntimeClient, StartedTestContainer } from 'testcontainers'
import { freePort } from './free-port.ts'

import type { RedisServer } from './redis-server.ts'
import { runIfHarnessDies } from './run-if-harness-dies.ts'
import { waitForRedis } from './wait-for-redis.ts'

type Container = ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>['container']['getById']>

const REDIS_PORT = 6379

/** Whether a container engine answers and has the image already: a test run never waits for a download. */
export async function canStartRedisContainer(image: string): Promise<boolean> {
  if (!(await mayHaveEngine())) return false
  const { getContainerRuntimeClient, ImageName } = await loadTestcontainers()
  try {
    const client = await getContainerRuntimeClient()
    return await client.image.exists(ImageName.fromString(image))
  } catch {
    return false
  }
}

/** Starts a throwaway server from a Redis or Valkey image. */
export async function startRedisContainer(image: string, args: readonly string[] = []): Promise<RedisServer> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await loadTestcontainers()
  // The engine chooses a new port at each start unless one is set, and a restart must keep the URL.
  const port = await freePort()
  const started = await new GenericContainer(image)
    // Not every image switches protected mode off, which refuses clients from outside the container.
    .withCommand(['redis-server', '--protected-mode', 'no', '--save', '', ...args])
    .withExposedPorts({ container: REDIS_PORT, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start()
  const client = await getContainerRuntimeClient()
  return new RedisContainer(started, client.container.getById(started.getId()))
}

/** Loading it takes a quarter of a second, which runs without an engine need not pay. */
async function loadTestcontainers() {
  // Its own reaper is one more image that would have to be there; the shell in RedisContainer does the same.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'
  return await import('testcontainers')
}

/** Looks where an engine can be reached at all, which takes no time. */
async function mayHaveEngine(): Promise<boolean> {
  if (process.env['DOCKER_HOST'] !== undefined) return true
  const runFolders = [process.env['XDG_RUNTIME_DIR'], join('/run/user', String(userInfo().uid)), '/var/run']
  const sockets = runFolders.flatMap((folder) => (folder === undefined ? [] : [join(folder, 'docker.sock')]))
  const inHome = ['.docker/run/docker.sock', '.docker/desktop/docker.sock', '.testcontainers.properties']
  const found = await Promise.allSettled(
    [...sockets, ...inHome.map((file) => join(homedir(), file))].map((file) => access(file)),
  )
  return found.some(({ status }) => status === 'fulfilled')
}

class RedisContainer implements RedisServer {
  readonly isShared = false
  readonly url: string
  readonly #started: StartedTestContainer
  readonly #container: Container
  readonly #callOff: () => void

  constructor(started: StartedTestContainer, container: Container) {
    this.url = `redis://${started.getHost()}:${started.getMappedPort(REDIS_PORT)}`
    this.#started = started
    this.#container = container
    this.#callOff = runIfHarnessDies(['docker', 'rm', '--force', '--volumes', started.getId()])
  }

  async stop(): Promise<void> {
    this.#callOff()
    await this.#started.stop({ timeout: 0, removeVolumes: true })
  }

  async kill(): Promise<void> {
    if (await this.#isRunning()) await this.#container.kill({ signal: 'SIGKILL' })
  }

  async restart(): Promise<void> {
    if (await this.#isRunning()) await this.#container.stop()
    await this.#container.start()
    await waitForRedis(this.url)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #isRunning(): Promise<boolean> {
    const { State } = await this.#container.inspect()
    return State.Running
  }
}
