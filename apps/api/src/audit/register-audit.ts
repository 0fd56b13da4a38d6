import { changesSomething, type Operation } from '@sluice/contracts'
import type { AuditPart, Engine } from '@sluice/engine'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { auditEntryOf } from './audit-entry.ts'
import { AuditWriter } from './audit-writer.ts'
import { RefusalSamples } from './refusal-samples.ts'

/** Statuses with which a client is refused for what it is, rather than for what it asks. */
const REFUSED = new Set([401, 403, 429])

/**
 * Writes the audit log: every request of an operation that changes something, and refused clients of all operations. The
 * answer to a client that was let in waits until its entry is written, so that the log contains every result that a client has seen.
 */
export function registerAudit(app: FastifyInstance, engine: Engine): void {
  const writer = new AuditWriter(engine, app.log)
  const samples = new RefusalSamples()

  app.addHook('onSend', (request, reply, payload, done) => {
    const { operation } = request.routeOptions.config
    if (operation === undefined || !isRecorded(request, reply, operation, samples)) return done(null, payload)
    const written = writer.write(partOf(reply, operation), auditEntryOf(request, reply, operation))
    if (isAwaited(request, reply)) void goOn(written, () => done(null, payload))
    else done(null, payload)
  })
  app.addHook('onClose', () => writer.settle())
}

async function goOn(written: Promise<void>, next: () => void): Promise<void> {
  await written
  next()
}

function isRecorded(
  { principal, ip }: FastifyRequest,
  { statusCode }: FastifyReply,
  operation: Operation,
  samples: RefusalSamples,
): boolean {
  // What the gate refuses has no principal either. Nothing was done, and the process has no time for it.
  if (principal === undefined) return REFUSED.has(statusCode) && samples.take(ip)
  if (statusCode === 429) return samples.take(principal.quotaId ?? ip)
  return statusCode === 403 || changesSomething(operation)
}

/** An unknown client must not hold anything, and the requests of an outage of Redis have waited long enough. */
function isAwaited({ principal }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  return principal !== undefined && statusCode < 500
}

/** Every client can cause any number of submissions and refusals. */
function partOf({ statusCode }: FastifyReply, { permission }: Operation): AuditPart {
  return permission === 'batches:write' || REFUSED.has(statusCode) ? 'traffic' : 'control'
}
