import { useAllLimits } from '../../data/use-all-limits.ts'
import { refuseIfFound } from '../../data/refuse-if-found.ts'
import { sluice } from '../../data/session.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { NAME } from '../../parts/settings/name-setting.ts'
import { navigate } from '../../routing/location.ts'
import { CONCURRENCY, limitSetting } from './queue-settings.ts'

/** Asks for what a new queue needs. Its page has all other settings. */
export function CreateQueueDialog({ onClose }: { onClose: () => void }) {
  const limits = useAllLimits().map(({ name }) => name)
  return (
    <FormDialog
      title="New queue"
      verb="Create"
      settings={[NAME, CONCURRENCY, limitSetting(limits)]}
      initial={{ concurrency: '100' }}
      onClose={onClose}
      run={async ({ name, ...settings }) => {
        const queue = String(name)
        await refuseIfFound(`A queue is called ${queue} already.`, () => sluice.queues.get(queue))
        await sluice.queues.put(queue, settings)
        navigate(`queues/${queue}`)
      }}
    />
  )
}
