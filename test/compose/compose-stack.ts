import { freePort } from '@sluice/testing/servers'
import { fileURLToPath } from 'node:url'
import { runIfHarnessDies } from '../../packages/testing/src/run-if-harness-dies.ts'
import { runCommand } from './run-command.ts'

type Service = 'redis' | 'api' | 'worker' | 'mock-upstream'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** docker-compose.yml as a project of its own, with its own port, images and data. It never outlives the tests. */
export class ComposeStack implements AsyncDisposable {
  /** The name of the project, with which the names of its images and networks begin. */
  readonly project: string
  /** Where the API is. */
  readonly url: string
  readonly #compose: readonly [string, ...string[]]
  readonly #env: Readonly<Record<string, string>>
  readonly #callOff: () => void

  /** Nothing is started yet. */
  static async create(): Promise<ComposeStack> {
    return new ComposeStack(`sluice-test-${process.pid}`, await freePort())
  }

  private constructor(project: string, port: number) {
    this.project = project
    this.url = `http://127.0.0.1:${port}`
    this.#env = { SLUICE_PUBLISH_PORT: String(port), SLUICE_HTTP_ALLOW_HOSTS: 'mock-upstream' }
    const files = ['--project-directory', root, '--file', `${root}docker-compose.yml`, '--env-file', '/dev/null']
    this.#compose = ['docker', 'compose', '--project-name', project, ...files, '--profile', 'demo']
    this.#callOff = runIfHarnessDies([...this.#compose, ...REMOVE_ALL])
  }

  /** Builds the images of all processes. */
  async build(): Promise<void> {
    await this.run('build')
  }

  /** Starts what does not run, and waits until all of it is healthy. */
  async up(workers = 2): Promise<void> {
    const scale = ['--scale', `worker=${workers}`]
    await this.run('up', '--detach', '--wait', '--no-build', ...scale, 'redis', 'api', 'worker', 'mock-upstream')
  }

  /** Starts or stops workers until there are so many, without waiting for them. */
  async scale(workers: number): Promise<void> {
    await this.run('up', '--detach', '--no-build', '--no-recreate', '--scale', `worker=${workers}`, 'worker')
  }

  /** Ends a service as a crash would. It stays down until it is started. */
  async kill(service: Service): Promise<void> {
    await this.run('kill', service)
  }

  async stop(service: Service): Promise<void> {
    await this.run('stop', service)
  }

  async start(service: Service): Promise<void> {
    await this.run('start', service)
  }

  /** Removes all containers; the data stays. */
  async down(): Promise<void> {
    await this.run('down')
  }

  /** The ids of a service's containers, of those that have ended too. */
  async containersOf(service: Service): Promise<string[]> {
    const ids = await this.run('ps', '--all', '--quiet', service)
    return ids.split('\n').filter((id) => id !== '')
  }

  /** The API key that the API has written when it first started. */
  async readKey(): Promise<string> {
    return (await this.run('exec', '--no-TTY', 'api', 'cat', '/keys/admin')).trim()
  }

  /** Runs `docker compose` with further arguments, and returns what it prints. */
  async run(...args: string[]): Promise<string> {
    return await runCommand([...this.#compose, ...args], this.#env)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(...REMOVE_ALL)
    this.#callOff()
  }
}

const REMOVE_ALL = ['down', '--volumes', '--rmi', 'local', '--timeout', '1']
