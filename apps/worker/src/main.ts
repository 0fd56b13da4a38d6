import { requireNode } from '@sluice/settings/require-node'

requireNode(process)
// An older Node cannot even parse what follows, so it is imported only then.
await import('./run.ts')
