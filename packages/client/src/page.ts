import { ApiPromise } from './api-promise.ts'
import type { Answer } from './transport.ts'

/** Reads the page that begins at a cursor; the first one without a cursor. */
export type ReadPage<Row> = (cursor: string | undefined) => Promise<Answer<PageContent<Row>>>

/** Rows, and where those that follow begin. */
export interface PageContent<Row> {
  rows: Row[]
  nextCursor: string | null
}

/** A page of a list. Iterate over it to get its rows and those of all pages that follow. */
export class Page<Row> implements AsyncIterable<Row> {
  readonly rows: Row[]
  /** Null on the last page. */
  readonly nextCursor: string | null
  readonly #read: ReadPage<Row>

  constructor({ rows, nextCursor }: PageContent<Row>, read: ReadPage<Row>) {
    this.rows = rows
    this.nextCursor = nextCursor
    this.#read = read
  }

  /** Reads the page that follows. Undefined: this is the last one. */
  async next(): Promise<Page<Row> | undefined> {
    if (this.nextCursor === null) return undefined
    const { data } = await this.#read(this.nextCursor)
    return new Page(data, this.#read)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    yield* this.rows
    for (let page = await this.next(); page; page = await page.next()) yield* page.rows
  }
}

/** A list: await it for its first page, or iterate over it for the rows of all pages. */
export class PagePromise<Row> extends ApiPromise<Page<Row>> implements AsyncIterable<Row> {
  constructor(read: ReadPage<Row>) {
    super(read(undefined).then(({ data, response }) => ({ response, data: new Page(data, read) })))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    yield* await this
  }
}
