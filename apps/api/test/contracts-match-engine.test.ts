import {
  ApiRole,
  AuditEntryView,
  BatchOutcome,
  BatchState,
  CreateBatchBody,
  DetectionState,
  PutLimitBody,
  PutQueueBody,
  TaskState,
} from '@sluice/contracts'
import {
  API_ROLES,
  AUDIT_ACTORS,
  AUDIT_RESULTS,
  BATCH_OUTCOMES,
  BATCH_STATES,
  DETECTION_STATES,
  DEFAULT_QUOTAS,
  DEFAULT_QUEUE,
  DEFAULT_LIMIT_SETTINGS,
  DEFAULT_QUEUE_SETTINGS,
  TASK_STATES,
} from '@sluice/engine'
import { expect, test } from 'vitest'
import { apiSettings } from '../src/settings.ts'

test('contracts and engine have the same states, outcomes and roles', () => {
  expect(BatchOutcome.enum).toEqual(BATCH_OUTCOMES)
  expect(BatchState.enum).toEqual(BATCH_STATES)
  expect(TaskState.enum).toEqual(TASK_STATES)
  expect(ApiRole.enum).toEqual(API_ROLES)
  expect(AuditEntryView.properties.actor.enum).toEqual(AUDIT_ACTORS)
  expect(AuditEntryView.properties.result.enum).toEqual(AUDIT_RESULTS)
  expect(DetectionState.enum).toEqual(DETECTION_STATES)
})

test('contracts and settings state the defaults of the engine', () => {
  const defaults = ({ properties }: { properties: object }) =>
    Object.fromEntries(
      Object.entries(properties as Record<string, { default?: unknown }>).flatMap(([name, schema]) =>
        schema.default === undefined ? [] : [[name, schema.default]],
      ),
    )

  expect(DEFAULT_LIMIT_SETTINGS).toMatchObject(defaults(PutLimitBody))
  expect(DEFAULT_QUEUE_SETTINGS).toMatchObject(defaults(PutQueueBody))
  expect(defaults(CreateBatchBody)).toEqual({ queue: DEFAULT_QUEUE, type: 'http', priority: 5 })
  expect(defaults(apiSettings)).toMatchObject({
    SLUICE_MAX_BATCH_TASKS: DEFAULT_QUOTAS.maxTasksPerBatch,
    SLUICE_MAX_QUEUES: DEFAULT_QUOTAS.maxQueues,
    SLUICE_MAX_LIMITS: DEFAULT_QUOTAS.maxLimits,
    SLUICE_MAX_API_KEYS: DEFAULT_QUOTAS.maxApiKeys,
    SLUICE_AUDIT_MAX_ENTRIES: DEFAULT_QUOTAS.maxAuditEntries,
  })
})
