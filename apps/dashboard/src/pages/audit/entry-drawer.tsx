import type { AuditEntry } from '@sluice/client'
import { dateTime } from '../../format/times.ts'
import { CopyText } from '../../parts/copy.tsx'
import { Drawer } from '../../parts/drawer.tsx'

const ACTORS = {
  key: 'API key',
  session: 'browser that has signed in',
  oidc: 'browser that has signed in at an issuer',
  anonymous: 'anonymous client',
  unauthenticated: 'client without a valid credential',
  command: 'command --create-key',
  file: 'SLUICE_BOOTSTRAP_KEY_FILE',
} as const satisfies Record<AuditEntry['actor'], string>

/** Who made a request: the name of the API key, or the kind of client. */
export function actorText({ name, actor }: AuditEntry): string {
  return name ?? ACTORS[actor]
}

/** All that the audit log has of a request. */
export function EntryDrawer({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { at, actor, keyId, tenant, name, operation, object, address, requestId, reason, result, status, code } = entry
  return (
    <Drawer
      title={operation}
      facts={[
        ['When', dateTime(at)],
        ['Who', name ?? undefined],
        ['Kind of client', ACTORS[actor]],
        ['API key', keyId === null ? undefined : <a href={`audit?keyId=${encodeURIComponent(keyId)}`}>{keyId}</a>],
        ['Tenant', tenant ?? undefined],
        ['Object', object === null ? undefined : <ObjectLink object={object} />],
        ['Reason', reason ?? 'none'],
        ['Result', `${result}, status ${status}`],
        ['Error code', code ?? undefined],
        ['Address', address ?? undefined],
        ['Request', requestId === null ? undefined : <CopyText text={requestId} label="Copy the id of the request" />],
      ]}
      onClose={onClose}
    >
      <p class="small faint">The log of the API lists the request by its id.</p>
    </Drawer>
  )
}

function ObjectLink({ object }: { object: string }) {
  return <a href={`audit?object=${encodeURIComponent(object)}`}>{object}</a>
}
