import { DEFAULT_API_KEYS_PER_PAGE, DEFAULT_GRACE_MS, operations } from '@sluice/contracts'
import { changeApiKey, createApiKey, deleteApiKey, listApiKeys, readApiKey, rerollApiKey } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { sentTime } from '../intake/sent-time.ts'
import { apiKeyView, newApiKeyView } from './api-key-view.ts'

/** The routes of API keys. */
export const apiKeyRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.createApiKey, async (request, reply) => {
    const { expiresAt, ...settings } = request.body
    const created = await createApiKey(
      engine,
      { ...settings, expiresAt: sentTime('body/expiresAt', expiresAt) },
      creatorOf(request),
    )
    showLocation(reply, created.apiKey.id)
    return newApiKeyView(created)
  })

  route(app, operations.listApiKeys, async ({ query: { pageSize = DEFAULT_API_KEYS_PER_PAGE, cursor } }) => {
    const { apiKeys, nextCursor } = await listApiKeys(engine, { pageSize, cursor })
    return { keys: apiKeys.map((apiKey) => apiKeyView(apiKey)), nextCursor }
  })

  route(app, operations.readApiKey, async ({ params }) => apiKeyView(await readApiKey(engine, params.id)))

  route(app, operations.changeApiKey, async ({ params, body: { expiresAt, ...change } }) =>
    apiKeyView(await changeApiKey(engine, params.id, { ...change, expiresAt: sentTime('body/expiresAt', expiresAt) })),
  )

  route(app, operations.rerollApiKey, async (request, reply) => {
    const { graceMs = DEFAULT_GRACE_MS } = request.body ?? {}
    const created = await rerollApiKey(engine, request.params.id, { graceMs, createdBy: creatorOf(request) })
    showLocation(reply, created.apiKey.id)
    return newApiKeyView(created)
  })

  route(app, operations.deleteApiKey, async ({ params }) => deleteApiKey(engine, params.id))
}

function creatorOf(request: Pick<FastifyRequest, 'principal'>): string {
  const { keyId, subject } = principalOf(request)
  return keyId ?? subject ?? 'anonymous'
}

function showLocation(reply: FastifyReply, id: string): void {
  reply.header('location', `/v1/keys/${id}`)
}
