import type { Tenant } from '@sluice/client'
import { PageRefusal } from '../../data/describe-error.ts'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { NewButton } from '../../parts/dialog-button.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import { NAME } from '../../parts/settings/name-setting.ts'
import type { Column } from '../../parts/table.tsx'
import { say } from '../../parts/toasts.tsx'
import { query } from '../../routing/location.ts'
import { BatchesUse, MemoryUse, TasksUse } from './quota-use.tsx'
import { TenantDrawer } from './tenant-drawer.tsx'
import { QUOTAS } from './tenant-settings.ts'

const COLUMNS: readonly Column<Tenant>[] = [
  { title: 'Tenant', isWide: true, value: ({ name }) => name },
  { title: 'Active batches', value: (tenant) => <BatchesUse tenant={tenant} /> },
  { title: 'Tasks', value: (tenant) => <TasksUse tenant={tenant} /> },
  { title: 'Memory', value: (tenant) => <MemoryUse tenant={tenant} /> },
]

/** The tenants, with what each holds and may hold. */
export function TenantsPage() {
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error, refresh } = useQuery(`tenants ${cursor}`, (signal) =>
    sluice.tenants.list({ cursor, pageSize: 100 }, { signal, maxRetries: 0 }),
  )
  return (
    <ListPage
      title="Tenants"
      actions={
        <NewButton
          title="New tenant"
          permission="tenants:write"
          dialog={(close) => <CreateTenantDialog onClose={close} onCreated={refresh} />}
        />
      }
      data={data}
      error={error}
      columns={COLUMNS}
      idOf={({ name }) => name}
      drawer={{
        name: 'tenant',
        show: (tenant, close) => <TenantDrawer tenant={tenant} onChanged={refresh} onClose={close} />,
      }}
      empty={<NoTenants />}
    />
  )
}

function NoTenants() {
  return (
    <Empty title="No tenants">
      <p>
        Tenants share an installation without seeing each other&apos;s batches. One appears here once it has quotas or
        tasks.
        {may('keys:read') && (
          <>
            {' '}
            Give it <a href="keys">an API key</a> of its own.
          </>
        )}
      </p>
    </Empty>
  )
}

function CreateTenantDialog({ onClose, onCreated }: { onClose: () => void; onCreated: () => void }) {
  return (
    <FormDialog
      title="New tenant"
      verb="Create"
      settings={[NAME, ...QUOTAS]}
      onClose={onClose}
      run={async ({ name, ...quotas }) => {
        const tenant = String(name)
        if (Object.keys(quotas).length === 0) throw new PageRefusal('A tenant without tasks is its quotas: set one.')
        await refuseIfBounded(tenant)
        await sluice.tenants.put(tenant, quotas)
        say(`${tenant} may now use the installation with an API key of its own.`)
        onCreated()
      }}
    />
  )
}

/** The API knows every name. Quotas that somebody has set are not replaced unseen. */
async function refuseIfBounded(name: string): Promise<void> {
  const { maxActiveBatches, maxTasks, maxBytes } = await sluice.tenants.get(name)
  const isBounded = [maxActiveBatches, maxTasks, maxBytes].some((quota) => quota !== null)
  if (isBounded) throw new PageRefusal(`${name} has quotas already. Open it in the list to change them.`)
}
