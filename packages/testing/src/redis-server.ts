/** A Redis to test against. Until `stop` it can crash and come back any number of times. */
export interface RedisServer extends AsyncDisposable {
  /** redis://… ; the same after a restart. */
  readonly url: string
  /** Whether it was given rather than started, so that other tests and runs may be using it at the same time. */
  readonly isShared: boolean
  /** Ends it for good and deletes its data. Safe to call again. */
  stop(): Promise<void>
  /** Ends it as a crash would. What it had persisted stays for `restart`. */
  kill(): Promise<void>
  /** Starts it again, after stopping it in good order if it still runs, and waits until it answers. */
  restart(): Promise<void>
}

/** The server that SLUICE_TEST_REDIS_URL names: it is used, never ended. */
export class GivenRedis implements RedisServer {
  readonly isShared = true
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async stop(): Promise<void> {}

  kill(): Promise<void> {
    return Promise.reject(notOurs('kill'))
  }

  restart(): Promise<void> {
    return Promise.reject(notOurs('restart'))
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function notOurs(verb: string): Error {
  return new Error(`A test may not ${verb} the Redis of SLUICE_TEST_REDIS_URL: startRedis({ exclusive: true })`)
}
