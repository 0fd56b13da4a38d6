import type { Operation } from '../../src/index.ts'
import type { JsonSchema } from './json-schema.ts'

/** The schemas of everything that an operation sends and answers. */
export function schemasOf({ params, query, headers, body, answers }: Operation): JsonSchema[] {
  const contents = [...(body?.contents ?? []), ...Object.values(answers).map(({ content }) => content)]
  const ofContents = contents.flatMap((content) => {
    if (content.kind === 'json') return [content.schema]
    if (content.kind === 'ndjson') return [content.line]
    return content.kind === 'events' ? [content.data] : []
  })
  return [params, query, headers, ...ofContents].filter((schema) => schema !== undefined) as JsonSchema[]
}
