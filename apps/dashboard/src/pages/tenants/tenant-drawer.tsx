import type { Tenant } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { bytes, count } from '../../format/numbers.ts'
import { ActionDialog, type ActionRequest, Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/facts.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { readDraft } from '../../parts/settings/draft.ts'
import { say } from '../../parts/toasts.tsx'
import { batchesText, QuotaUse, tasksText } from './quota-use.tsx'
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
    <Dialog title={tenant.name} isDrawer onClose={onClose}>
      <Facts
        facts={[
          [
            'Active batches',
            <QuotaUse
              label="Active batches"
              used={tenant.activeBatches}
              quota={tenant.maxActiveBatches}
              format={batchesText}
              short={count}
            />,
          ],
          [
            'Tasks',
            <QuotaUse label="Tasks" used={tenant.tasks} quota={tenant.maxTasks} format={tasksText} short={count} />,
          ],
          ['Memory', <QuotaUse label="Memory" used={tenant.bytes} quota={tenant.maxBytes} format={bytes} />],
          may('audit:read')
            ? ['What it did', <a href={`audit?tenant=${tenant.name}`}>Audit log</a>]
            : ['What it did', undefined],
        ]}
      />
      <p class="small soft">While batches run, their results are counted with a delay of up to 15 s.</p>
      {may('tenants:write') && <Actions {...props} />}
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}

function Actions(props: DrawerProps) {
  const [open, setOpen] = useState<'change' | 'remove'>()
  const close = () => setOpen(undefined)
  return (
    <div class="row">
      <button type="button" class="button" onClick={() => setOpen('change')}>
        Change quotas
      </button>
      <button type="button" class="button" onClick={() => setOpen('remove')}>
        Remove all quotas
      </button>
      {open === 'change' && <QuotasDialog {...props} onClose={close} />}
      {open === 'remove' && <ActionDialog request={removalOf(props)} onClose={close} />}
    </div>
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
