import { ListNamesQuery } from '../schemas/paging.ts'
import { PutTenantBody, TenantList, TenantParams, TenantView } from '../schemas/tenant.ts'
import { json } from './content.ts'
import { body, operation } from './operation.ts'

const oneTenant = { 200: { description: 'The tenant.', content: json(TenantView) } }

/** What can be done with tenants. */
export const tenantOperations = {
  listTenants: operation({
    id: 'listTenants',
    method: 'GET',
    path: '/v1/tenants',
    tag: 'tenants',
    summary: 'List tenants',
    description:
      'Returns the tenants that have tasks or quotas, in alphabetical order. A client that belongs to a tenant gets this one alone.',
    permission: 'tenants:read',
    gate: 'sheddable',
    query: ListNamesQuery,
    answers: { 200: { description: 'A page of tenants.', content: json(TenantList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readTenant: operation({
    id: 'readTenant',
    method: 'GET',
    path: '/v1/tenants/:name',
    tag: 'tenants',
    summary: 'Read a tenant',
    description:
      'Returns the quotas of the tenant, and what its batches hold. While batches run, their results are counted with a delay of ' +
      'up to 15 s.',
    permission: 'tenants:read',
    gate: 'normal',
    params: TenantParams,
    answers: oneTenant,
    errors: ['SLUICE_TENANT_NOT_FOUND'],
  }),

  putTenant: operation({
    id: 'putTenant',
    method: 'PUT',
    path: '/v1/tenants/:name',
    tag: 'tenants',
    summary: 'Replace the quotas of a tenant',
    description:
      'Replaces all quotas of the tenant: one that is left out is removed. They apply to batches and tasks that are submitted from ' +
      'then on. What the tenant holds beyond them stays. A quota of 0 permits nothing.',
    permission: 'tenants:write',
    gate: 'normal',
    params: TenantParams,
    body: body(json(PutTenantBody)),
    answers: oneTenant,
    errors: [],
  }),
}
