import { setTimeout as sleep } from 'node:timers/promises'
import { findKeys, type RedisConnection, type RedisServer, startRedis } from '@sluice/testing'
import { askAt, Losses, type SingleForm, type Storage } from './storage.ts'

/** One Redis with its data on disk, and perhaps a replica. */
export class SingleRedis implements Storage {
  readonly form: SingleForm
  #master: RedisServer
  #replica: RedisServer | undefined
  readonly #losses = new Losses()

  private constructor(form: SingleForm, master: RedisServer, replica: RedisServer | undefined) {
    this.form = form
    this.#master = master
    this.#replica = replica
  }

  static async start(form: SingleForm): Promise<SingleRedis> {
    const args = ['--appendonly', 'yes', '--appendfsync', form === 'everysec' ? 'everysec' : 'always']
    const master = await startRedis({ args })
    if (form !== 'replica') return new SingleRedis(form, master, undefined)
    const pair = new SingleRedis(form, master, await startRedis({ args }))
    await pair.#follow()
    return pair
  }

  /** Where the master is. */
  get url(): string {
    return this.#master.url
  }

  get isLossless(): boolean {
    return this.#losses.isNone
  }

  mayHaveLost(promisedAt: number): boolean {
    return this.#losses.mayInclude(promisedAt)
  }

  /** Kills it, and has it come back after a while with what it had kept. */
  async kill(downMs: number): Promise<void> {
    if (this.form === 'everysec') this.#losses.note()
    await this.#master.kill()
    await sleep(downMs)
    await this.#master.restart()
  }

  async restart(): Promise<void> {
    await this.#master.restart()
  }

  /** Kills the master and promotes its replica, which is then reached by way of `redirect`. The killed one follows it. */
  async promote(redirect: (url: string) => void): Promise<void> {
    if (!this.#replica) return
    await this.#untilInSync()
    this.#losses.note()
    const killed = this.#master
    await killed.kill()
    this.#master = this.#replica
    await this.ask((redis) => redis.call('REPLICAOF', 'NO', 'ONE'))
    redirect(this.url)
    await killed.restart()
    this.#replica = killed
    await this.#follow()
  }

  async #follow(): Promise<void> {
    const { hostname, port } = new URL(this.#master.url)
    await askAt(this.#replica?.url, (redis) => redis.call('REPLICAOF', hostname, port))
    await this.#untilInSync()
  }

  async #untilInSync(): Promise<void> {
    const isInSync = async () => {
      const info = await askAt(this.#replica?.url, (redis) => redis.call('INFO', 'replication'))
      return String(info).includes('master_link_status:up')
    }
    while (!(await isInSync())) await sleep(50)
  }

  /** Stops it for a while without ending it. */
  async freeze(ms: number): Promise<void> {
    const info = await this.ask((redis) => redis.call('INFO', 'server'))
    const pid = Number(/^process_id:(\d+)/m.exec(String(info))?.[1])
    process.kill(pid, 'SIGSTOP')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
  }

  /** Leaves it no room for a while. */
  async fill(ms: number): Promise<void> {
    await this.ask((redis) => redis.call('CONFIG', 'SET', 'maxmemory', '1mb'))
    await sleep(ms)
    await this.ask((redis) => redis.call('CONFIG', 'SET', 'maxmemory', '0'))
  }

  async forgetScripts(): Promise<void> {
    await this.ask((redis) => redis.call('SCRIPT', 'FLUSH'))
  }

  async keys(): Promise<string[]> {
    return await this.ask((redis) => findKeys(redis, '*'))
  }

  async ask<T>(question: (redis: RedisConnection) => Promise<T>): Promise<T> {
    return await askAt(this.url, question)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#master.stop(), this.#replica?.stop()])
  }
}
