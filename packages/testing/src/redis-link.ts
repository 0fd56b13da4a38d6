import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What a link does with traffic: passes it on, refuses and cuts every connection, or swallows it silently. */
export type LinkState = 'open' | 'cut' | 'deaf'

interface Pair {
  near: Socket
  far: Socket
  isDeaf: boolean
  /** Whether the next reply ends it. */
  breaksAtReply: boolean
}

/** A process's connection to Redis, which a test can make slow, cut, leave half open, or lead to another server. */
export class RedisLink {
  readonly url: string
  /** Bytes that clients have sent so far, whether or not they arrived. */
  bytesSent = 0
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #target: URL
  #state: LinkState = 'open'
  #lagMs = 0

  private constructor(server: Server, target: URL) {
    this.#server = server
    this.#target = target
    // With the credentials of the server's own URL.
    const url = new URL(target)
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    this.url = url.href
  }

  static async start(redisUrl: string): Promise<RedisLink> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const link = new RedisLink(server, new URL(redisUrl))
    server.on('connection', (near) => link.#carry(near))
    return link
  }

  /** Delays all traffic by this time in each direction. */
  delay(lagMs: number): void {
    this.#lagMs = lagMs
  }

  /** Ends every connection, and every new one at once, until the link is restored. */
  cut(): void {
    this.#state = 'cut'
    this.#endAll()
  }

  /** Ends each present connection in the middle of the next reply that it carries. New connections work. */
  breakAtReply(): void {
    for (const pair of this.#pairs) pair.breaksAtReply = true
  }

  /** Ends every connection, and leads new ones to another server, as a failover does. */
  redirect(redisUrl: string): void {
    this.#target = new URL(redisUrl)
    this.#endAll()
  }

  /** Connections stay open, old and new ones, but nothing arrives any more, until the link is restored. */
  deafen(): void {
    this.#state = 'deaf'
    this.forget()
  }

  /** Present connections stay open for ever, but nothing arrives any more, as when a firewall has lost its table. */
  forget(): void {
    for (const pair of this.#pairs) pair.isDeaf = true
  }

  /** Lets new connections work again. Those that were swallowed are reset if `isReset`, and stay as they are otherwise. */
  restore(isReset = true): void {
    this.#state = 'open'
    this.#lagMs = 0
    if (isReset) this.#endAll(({ isDeaf }) => isDeaf)
  }

  close(): void {
    this.#server.close()
    this.#endAll()
  }

  #carry(near: Socket): void {
    if (this.#state === 'cut') return void near.destroy()
    const far = connect(Number(this.#target.port), this.#target.hostname)
    const pair: Pair = { near, far, isDeaf: this.#state === 'deaf', breaksAtReply: false }
    this.#pairs.add(pair)
    this.#forward(pair, near, pair.far)
    this.#forward(pair, pair.far, near)
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true)
    const onTheWay: { chunk: Buffer; dueAt: number }[] = []
    // In order, however late a timer is: a client would take a reply that overtakes another one for that one's.
    const arrive = () => {
      while (onTheWay[0] && onTheWay[0].dueAt <= performance.now()) to.write(onTheWay.shift()?.chunk ?? '')
      if (onTheWay[0]) setTimeout(arrive, Math.max(0, onTheWay[0].dueAt - performance.now()))
    }
    from.on('data', (chunk: Buffer) => {
      if (from === pair.near) this.bytesSent += chunk.length
      if (pair.isDeaf) return
      if (pair.breaksAtReply && from === pair.far) return this.#break(pair, chunk)
      onTheWay.push({ chunk, dueAt: performance.now() + this.#lagMs })
      if (onTheWay.length === 1) arrive()
    })
    from.on('error', () => {})
    from.on('close', () => {
      if (pair.isDeaf && this.#pairs.has(pair)) return
      this.#end(pair)
    })
  }

  /** Passes half of a reply on, and then ends the connection. What a delay still holds is lost with the other half. */
  #break(pair: Pair, reply: Buffer): void {
    pair.far.pause()
    pair.near.write(reply.subarray(0, reply.length / 2), () => this.#end(pair))
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair)
    pair.near.destroy()
    pair.far.destroy()
  }

  #endAll(which: (pair: Pair) => boolean = () => true): void {
    for (const pair of [...this.#pairs].filter(which)) this.#end(pair)
  }
}
