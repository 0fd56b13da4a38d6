import { apiKeyOperations } from './api-keys.ts'
import { auditOperations } from './audit.ts'
import { batchOperations } from './batches.ts'
import { bulkOperations } from './bulk.ts'
import { detectionOperations } from './detections.ts'
import { fleetOperations } from './fleet.ts'
import { interruptionOperations } from './interruptions.ts'
import { limitOperations } from './limits.ts'
import { queueOperations } from './queues.ts'
import { serviceOperations } from './service.ts'
import { sessionOperations } from './sessions.ts'
import { taskOperations } from './tasks.ts'
import { tenantOperations } from './tenants.ts'

/** Every operation of the API, by id. */
export const operations = {
  ...batchOperations,
  ...interruptionOperations,
  ...bulkOperations,
  ...taskOperations,
  ...queueOperations,
  ...limitOperations,
  ...detectionOperations,
  ...tenantOperations,
  ...apiKeyOperations,
  ...sessionOperations,
  ...auditOperations,
  ...fleetOperations,
  ...serviceOperations,
}

/** The id of an operation. */
export type OperationId = keyof typeof operations
