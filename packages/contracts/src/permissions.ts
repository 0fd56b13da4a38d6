/**
 * The named permissions of the API. Each operation states the one that it needs, or null if it is public. Nothing
 * enforces them yet: the API is anonymous, and access to its port is access to every operation.
 */
export const permissions = {
  'batches:read': 'Read batches, their reports, their interruptions and their events.',
  'batches:write': 'Create, change, interrupt, resume, cancel and delete batches, append tasks and retry them.',
  'payloads:read': 'Read the payloads and results of tasks.',
  'queues:read': 'Read queues.',
  'queues:write': 'Create, change and delete queues.',
  'limits:read': 'Read limits.',
  'limits:write': 'Create, change and delete limits.',
  'detections:read': 'Read detections.',
  'detections:write': 'Start and cancel detections.',
  'metrics:read': 'Read the metrics of the process.',
} as const

/** The name of a permission. */
export type Permission = keyof typeof permissions
