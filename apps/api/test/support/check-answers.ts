import { errorCodes, errorsOf, mediaTypes, type Operation, Problem, PROBLEM_MEDIA_TYPE } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** Fails a test whose API answers something that the operation table does not declare. */
export function checkAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { operation } = request.routeOptions.config
    // Unknown paths have no operation, and neither have the pages of /docs. Streams are checked by their own tests.
    if (operation === undefined || typeof payload !== 'string') return payload

    const mediaType = String(reply.getHeader('content-type') ?? '').split(';', 1)[0]
    const problem =
      mediaType === PROBLEM_MEDIA_TYPE
        ? findProblemFlaw(operation, reply.statusCode, payload)
        : findAnswerFlaw(operation, reply.statusCode, { mediaType, payload })
    if (problem !== undefined) throw new Error(`${operation.id} ${reply.statusCode} ${problem}: ${payload}`)
    return payload
  })
}

function findProblemFlaw(operation: Operation, status: number, payload: string): string | undefined {
  const { code } = JSON.parse(payload) as { code: string }
  const declared = errorsOf(operation).find((known) => known === code)
  if (declared === undefined || errorCodes[declared].status !== status) return 'is not declared'
  return findFlaw(Problem, payload)
}

function findAnswerFlaw(
  { answers }: Operation,
  status: number,
  { mediaType, payload }: { mediaType: string | undefined; payload: string },
): string | undefined {
  const content = answers[status]?.content
  if (content === undefined || content.kind === 'empty') return 'is not declared'
  if (mediaTypes[content.kind] !== mediaType) return `must not be ${mediaType}`
  return content.kind === 'json' ? findFlaw(content.schema, payload) : undefined
}

function findFlaw(schema: TSchema, payload: string): string | undefined {
  const errors = Compile(schema).Errors(JSON.parse(payload))
  return errors.length > 0 ? `is not as declared, ${JSON.stringify(errors)}` : undefined
}
