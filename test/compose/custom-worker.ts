import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runIfHarnessDies } from '../../packages/testing/src/run-if-harness-dies.ts'
import { runCommand } from './run-command.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/custom-handler', import.meta.url))

/** A worker of a stack with the handler of examples/custom-handler, in the image that its Dockerfile describes. */
export class CustomWorker implements AsyncDisposable {
  readonly #name: string
  readonly #callOff: () => void

  /** Builds the image from a copy of the example outside of the repository, and starts one container. */
  static async start(project: string): Promise<CustomWorker> {
    const worker = new CustomWorker(`${project}-custom-worker`)
    try {
      await worker.#build(`${project}-worker`)
      await worker.#run(project)
      return worker
    } catch (error) {
      await worker[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(name: string) {
    this.#name = name
    this.#callOff = runIfHarnessDies(this.#removeAll)
  }

  async #build(workerImage: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-custom-handler-'))
    try {
      await cp(EXAMPLE, folder, { recursive: true })
      const tag = ['--build-arg', `WORKER=${workerImage}`, '--tag', this.#name]
      await runCommand(['docker', 'build', ...tag, folder])
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  /** One network has Redis, the other the upstream. A container joins the second one before it starts. */
  async #run(project: string): Promise<void> {
    const options = ['--name', this.#name, '--network', `${project}_redis`, '--read-only', '--cap-drop', 'ALL']
    const env = ['--env', 'SLUICE_REDIS_URL=redis://redis:6379']
    await runCommand(['docker', 'create', ...options, ...env, this.#name])
    await runCommand(['docker', 'network', 'connect', `${project}_default`, this.#name])
    await runCommand(['docker', 'start', this.#name])
  }

  get #removeAll(): [string, ...string[]] {
    return ['sh', '-c', 'docker rm --force "$1"; docker image rm --force "$1"', 'sh', this.#name]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand(this.#removeAll)
    this.#callOff()
  }
}
