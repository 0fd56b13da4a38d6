import type { FastifyReply } from 'fastify'

const STATUS_BY_CODE = {
  invalid_params: 400,
  single_mode_no_create: 400,
  service_not_found: 404,
  not_found: 404,
  rate_limit_exceeded: 429,
  concurrency_limit_exceeded: 503,
} as const

/** The reason for a refusal. The whole body of the response is `{"error": code}`. */
export type ErrorCode = keyof typeof STATUS_BY_CODE

export function sendError(reply: FastifyReply, code: ErrorCode): void {
  reply.code(STATUS_BY_CODE[code]).send({ error: code })
}
