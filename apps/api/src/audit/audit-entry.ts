import { type Operation, patterns } from '@sluice/contracts'
import type { AuditEntry } from '@sluice/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { printable } from '../http/errors/printable.ts'

/** A redirect has a location, too. */
const REDIRECTED = 300

/** The longest part of a path that an entry has. */
const MAX_OBJECT_LENGTH = 300

/** Describes a request that has an answer, as the audit log stores it. */
export function auditEntryOf(request: FastifyRequest, reply: FastifyReply, operation: Operation): AuditEntry {
  const { principal, credential, refusalCode = null } = request
  const claimed = credential?.kind === 'key' ? credential.id : null
  return {
    actor: principal?.kind ?? 'unauthenticated',
    keyId: principal === undefined ? claimed : principal.keyId,
    name: principal?.name ?? null,
    tenant: principal?.tenant ?? null,
    subject: principal?.subject ?? null,
    operation: operation.id,
    object: objectOf(request, reply, operation),
    address: addressOf(request),
    requestId: request.id,
    reason: reasonOf(request),
    status: reply.statusCode,
    code: refusalCode,
  }
}

/** Node does not know the address of a client any more once its connection is closed. */
function addressOf({ ip }: { ip: string | undefined }): string | null {
  return ip ?? null
}

/** The object that a request has created, or that its path names: `/v1/queues/llm/pause` is about `queues/llm`. */
function objectOf({ params }: FastifyRequest, reply: FastifyReply, { path }: Operation): string | null {
  const location = reply.getHeader('location')
  if (typeof location === 'string' && reply.statusCode < REDIRECTED) return location.replace('/v1/', '')
  const { id, name = id } = params as { id?: string; name?: string }
  const [, , collection] = path.split('/')
  return name === undefined ? null : printable(`${collection}/${name}`).slice(0, MAX_OBJECT_LENGTH)
}

const REASON = new RegExp(patterns.auditReason)

/** Requests are refused before their headers are checked, too. */
function reasonOf({ headers: { 'x-sluice-reason': sent } }: FastifyRequest): string | null {
  return typeof sent === 'string' && REASON.test(sent) ? sent : null
}
