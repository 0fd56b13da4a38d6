import { DEFAULT_NAMES_PER_PAGE, operations, type PutTenantBody, type TenantView } from '@sluice/contracts'
import { listTenants, putTenantQuotas, readTenant, type Tenant, TENANT_QUOTAS, type TenantQuotas } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { checkName } from '../intake/check-name.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'

/** The routes of tenants. */
export const tenantRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listTenants, async (request) => {
    const { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } = request.query
    const { tenants, nextCursor } = await listTenants(engine, { pageSize, cursor, reach: principalOf(request) })
    return { tenants: tenants.map((tenant) => tenantView(tenant)), nextCursor }
  })

  route(app, operations.readTenant, async ({ params }) => tenantView(await readTenant(engine, params.name)))

  route(app, operations.putTenant, async ({ params: { name }, body }) => {
    const errors = checkName(name, body.name)
    if (errors.length > 0) throw new RequestInvalidError(errors)
    await putTenantQuotas(engine, name, sentQuotas(body))
    return tenantView(await readTenant(engine, name))
  })
}

function sentQuotas(body: PutTenantBody): TenantQuotas {
  return Object.fromEntries(TENANT_QUOTAS.flatMap((name) => (body[name] == null ? [] : [[name, body[name]]])))
}

function tenantView({ name, quotas, usage }: Tenant): TenantView {
  const { maxActiveBatches = null, maxTasks = null, maxBytes = null } = quotas
  return { name, maxActiveBatches, maxTasks, maxBytes, ...usage }
}
