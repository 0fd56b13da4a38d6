import type { Answer } from './transport.ts'

/** The data of an answer, once it is there. Its methods give the response, too. */
export class ApiPromise<Data> implements PromiseLike<Data> {
  readonly #answer: Promise<Answer<Data>>

  constructor(answer: Promise<Answer<Data>>) {
    this.#answer = answer
  }

  /** The data, and the response with its status and headers. The body of the response was read. */
  withResponse(): Promise<Answer<Data>> {
    return this.#answer
  }

  // Awaiting it gives the data, as if it were a promise.
  // oxlint-disable-next-line unicorn/no-thenable
  then<Result = Data, Failure = never>(
    onFulfilled?: ((data: Data) => Result | PromiseLike<Result>) | null,
    onRejected?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    return this.#answer.then(({ data }) => data).then(onFulfilled, onRejected)
  }

  catch<Failure = never>(onRejected: (error: unknown) => Failure | PromiseLike<Failure>): Promise<Data | Failure> {
    return this.then(undefined, onRejected)
  }

  finally(onSettled: () => void): Promise<Data> {
    return this.#answer.then(({ data }) => data).finally(onSettled)
  }
}
