import type { IfMatchHeaders } from '@sluice/contracts'
import type { ChangeCondition } from '@sluice/engine'
import type { FastifyReply } from 'fastify'

/** The condition that a request makes with `If-Match`. */
export function conditionOf({ 'if-match': ifMatch }: IfMatchHeaders): ChangeCondition {
  return ifMatch === undefined ? {} : { ifVersion: Number(ifMatch.slice(1, -1)) }
}

/** Shows the version of settings as `ETag`. */
export function showVersion(reply: FastifyReply, { version }: { version: number }): void {
  reply.header('etag', `"${version}"`)
}
