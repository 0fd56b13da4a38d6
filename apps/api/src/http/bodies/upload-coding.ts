import type { IncomingHttpHeaders } from 'node:http'
import { mediaTypes, type Operation } from '@sluice/contracts'
import type { FastifyRequest } from 'fastify'
import { UPLOAD_CODINGS, type UploadCoding } from '../../intake/ndjson/upload-body.ts'
import { MediaTypeError } from '../errors/http-errors.ts'

/** How an upload of NDJSON is compressed. Undefined: not at all. `checkCoding` has refused everything else. */
export function uploadCodingOf(headers: IncomingHttpHeaders): UploadCoding | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase()
  return UPLOAD_CODINGS.find((known) => known === coding)
}

/** Only uploads of NDJSON may be compressed. Throws `MediaTypeError`. */
export function checkCoding({ headers, routeOptions }: FastifyRequest): void {
  const { 'content-encoding': coding = 'identity', 'content-type': type = '' } = headers
  if (coding === 'identity') return
  if (!takesLines(routeOptions.config.operation) || !type.startsWith(mediaTypes.ndjson)) {
    throw new MediaTypeError(`Content-Encoding "${coding}" is not supported here. Send the body uncompressed.`)
  }
  if (uploadCodingOf(headers) !== undefined) return
  throw new MediaTypeError(
    `Content-Encoding "${coding}" is not supported. Send the tasks as ${UPLOAD_CODINGS.join(' or ')}, or uncompressed.`,
    { 'accept-encoding': UPLOAD_CODINGS.join(', ') },
  )
}

function takesLines(operation: Operation | undefined): boolean {
  return operation?.body?.contents.some(({ kind }) => kind === 'ndjson') ?? false
}
