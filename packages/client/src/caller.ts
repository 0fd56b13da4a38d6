import { ApiPromise } from './api-promise.ts'
import type { Operations } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { PagePromise, type PageContent } from './page.ts'
import type { Answer, ApiRequest, Transport } from './transport.ts'

/** The query of an operation. */
export type QueryOf<Id extends keyof Operations> = Operations[Id] extends { query: infer Query } ? Query : never

/** The JSON body of an operation. */
export type BodyOf<Id extends keyof Operations> = Operations[Id] extends { body: infer Body } ? Body : never

/** The answer of an operation; of a stream, one of its elements. */
export type AnswerOf<Id extends keyof Operations> = Operations[Id]['answer']

/** A request without its operation and with a body that is not serialized yet. */
export interface CallDetails extends Omit<ApiRequest, 'operation' | 'body'> {
  json?: unknown
}

/** What the methods of the client call the API with. */
export class Caller {
  readonly transport: Transport

  constructor(transport: Transport) {
    this.transport = transport
  }

  /** Calls an operation whose answer is JSON, plain text, or empty. */
  call<Id extends keyof Operations>(
    operation: Id,
    details: CallDetails,
    options: RequestOptions = {},
  ): ApiPromise<AnswerOf<Id>> {
    return new ApiPromise(this.send(operation, details, options))
  }

  /** Calls an operation whose answer is a page of rows. */
  list<Id extends keyof Operations, Row>(
    operation: Id,
    details: CallDetails,
    options: RequestOptions | undefined,
    rowsOf: (answer: AnswerOf<Id>) => Row[],
  ): PagePromise<Row> {
    return new PagePromise(async (cursor): Promise<Answer<PageContent<Row>>> => {
      const query = { ...details.query, ...(cursor !== undefined && { cursor }) }
      const { data, response } = await this.send(operation, { ...details, query }, options ?? {})
      const { nextCursor } = data as { nextCursor: string | null }
      return { response, data: { rows: rowsOf(data), nextCursor } }
    })
  }

  send<Id extends keyof Operations>(
    operation: Id,
    { json, ...details }: CallDetails,
    options: RequestOptions,
  ): Promise<Answer<AnswerOf<Id>>> {
    const request = { ...details, operation, body: json === undefined ? undefined : JSON.stringify(json) }
    return this.transport.send(request, options, readAnswer) as Promise<Answer<AnswerOf<Id>>>
  }
}

async function readAnswer(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return isJson ? await response.json() : await response.text()
}
