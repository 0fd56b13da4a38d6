/** The name of BullMQ's queue of maintenance jobs: passes of the reconciler, deadlines, and changed concurrencies. */
export const MAINTENANCE_QUEUE = 'maintenance'

/** The name of BullMQ's queue of detections that wait for a worker. */
export const DETECTION_QUEUE = 'detections'
