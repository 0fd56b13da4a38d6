import type { DocumentedOperation } from './api-document.ts'
import type { Answer } from './answer.ts'
import type { Draft } from './draft.ts'
import { type FuzzPrincipal, FUZZ_TENANTS, isPermitted } from './principals.ts'

const ID = /\b[0-9a-z]{20}\b/g

/** What belongs to one tenant each. */
const OWNED = /^\/v1\/(batches|detections)\/([0-9a-z]{20})$/

/** A text in what a tenant has submitted, which others must not be shown. */
function markOf(tenant: string): string {
  return `mark-of-${tenant}-7c1e`
}

/** Puts the mark of its tenant into a valid request that creates a batch. */
export function markDraft(draft: Draft, { tenant }: FuzzPrincipal): void {
  if (tenant === null || draft.operation.id !== 'createBatch' || draft.body === undefined) return
  const isJson = draft.headers.some(([name, value]) => name === 'content-type' && value === 'application/json')
  if (!isJson) return
  const { code, metadata, tasks, ...body } = JSON.parse(draft.body.toString()) as Record<string, unknown>
  const mark = markOf(tenant)
  const marked = {
    ...body,
    ...(typeof code === 'string' && { code: `${mark}-${code}`.slice(0, 200) }),
    metadata: { ...(metadata as object), mark },
    ...(Array.isArray(tasks) && { tasks: tasks.map((task: object) => ({ ...task, key: mark })) }),
  }
  draft.body = Buffer.from(JSON.stringify(marked))
}

/** Decides whether an answer shows something that its principal must not see, or does what it must not do. */
export class TenantWatch {
  /** The tenant of each batch and detection that an answer has named as new. */
  readonly #owners = new Map<string, string>()

  /** Remembers whom a new object belongs to. */
  learn({ tenant }: FuzzPrincipal, { headers, status }: Answer): void {
    const [, , id] = (status < 300 && OWNED.exec(headers['location'] ?? '')) || []
    if (id !== undefined) this.#owners.set(id, tenant ?? 'default')
  }

  findFlaw(
    principal: FuzzPrincipal,
    operation: DocumentedOperation | undefined,
    { sent, answer }: { sent: Buffer; answer: Answer },
  ): string | undefined {
    if (operation !== undefined && answer.status < 400 && !isPermitted(principal, operation.id))
      return `lets the principal "${principal.name}" do what it must not`
    if (principal.reachesAll) return undefined
    const request = decode(sent.toString())
    const text = `${JSON.stringify(answer.headers)}${answer.body.toString()}`
    return this.#findForeignId(principal, request, text) ?? findForeignMark(principal, request, text)
  }

  /** An id that the request names may come back in a refusal. */
  #findForeignId({ name, tenant }: FuzzPrincipal, request: string, text: string): string | undefined {
    const ids = new Set(text.match(ID) ?? [])
    for (const id of ids) {
      const owner = this.#owners.get(id)
      if (owner !== undefined && owner !== tenant && !request.includes(id))
        return `shows the principal "${name}" an object of tenant ${owner}`
    }
    return undefined
  }
}

function findForeignMark({ name, tenant }: FuzzPrincipal, request: string, text: string): string | undefined {
  const foreign = FUZZ_TENANTS.filter((other) => other !== tenant).map(markOf)
  const shown = foreign.find((mark) => text.includes(mark) && !request.includes(mark))
  return shown && `shows the principal "${name}" ${shown}`
}

/** A request with its path as the API understands it. */
function decode(request: string): string {
  try {
    return request + decodeURIComponent(request.split(' ', 2)[1] ?? '')
  } catch {
    return request
  }
}
