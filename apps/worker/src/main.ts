import { requireNode } from '@sluice/settings/require-node'
import { keepNewObjectsYoung } from './heap.ts'

requireNode(process)
keepNewObjectsYoung()
// An older Node cannot even parse what follows, so it is imported only then.
await import('./run.ts')
