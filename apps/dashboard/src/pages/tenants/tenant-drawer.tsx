import type { Tenant } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { ActionButton, DialogButton } from '../../parts/dialog-button.tsx'
import { Drawer } from '../../parts/drawer.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { readDraft } from '../../parts/settings/draft.ts'
import { say } from '../../parts/toasts.tsx'
import { BatchesUse, MemoryUse, TasksUse } from './quota-use.tsx'
import { QUOTAS } from './tenant-settings.ts'

interface DrawerProps {
  tenant: Tenant
  onChanged: () => void
  onClose: () => void
}

/** A tenant: what it holds, what it may hold, and for administrators the means to change that. */
export function TenantDrawer(props: DrawerProps) {
  const { tenant, onClose } = props
  return (
    <Drawer
      title={tenant.name}
      facts={[
        ['Active batches', <BatchesUse tenant={tenant} />],
        ['Tasks', <TasksUse tenant={tenant} />],
        ['Memory', <MemoryUse tenant={tenant} />],
        ['What it did', may('audit:read') ? <a href={`audit?tenant=${tenant.name}`}>Audit log</a> : undefined],
      ]}
      actions={
        may('tenants:write') && (
          <>
            <DialogButton title="Change quotas" dialog={(close) => <QuotasDialog {...props} onClose={close} />} />
            <ActionButton title="Remove all quotas" request={() => removalOf(props)} />
          </>
        )
      }
      onClose={onClose}
    >
      <p class="small soft">While batches run, their results are counted with a delay of up to 15s.</p>
    </Drawer>
  )
}

function QuotasDialog({ tenant, onChanged, onClose }: DrawerProps) {
  const [before] = useState(() => readDraft(QUOTAS, tenant))
  return (
    <FormDialog
      title={`Change the quotas of ${tenant.name}`}
      verb="Change"
      settings={QUOTAS}
      initial={before}
      onClose={onClose}
      run={async (quotas) => {
        await sluice.tenants.put(tenant.name, quotas)
        say('Changed. What the tenant holds beyond its quotas stays.')
        onChanged()
      }}
    />
  )
}

/** A tenant without quotas and tasks is gone: nothing else of it is stored. */
function removalOf({ tenant: { name, tasks }, onChanged, onClose }: DrawerProps): ActionRequest {
  return {
    title: `Remove the quotas of ${name}?`,
    verb: 'Remove',
    explanation:
      tasks === 0
        ? 'It holds no tasks, so it leaves the list. Its API keys still work, and may then submit any number of tasks.'
        : 'It may then hold any number of batches, tasks and bytes, and stays in the list as long as it has tasks.',
    touches: 0,
    name,
    isDangerous: true,
    run: async (reason) => {
      await sluice.tenants.put(name, {}, withReason(reason))
      say(`${name} has no quotas.`)
      onClose()
      onChanged()
    },
  }
}
