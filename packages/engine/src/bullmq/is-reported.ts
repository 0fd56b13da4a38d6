/**
 * Whether BullMQ prints with a text what `checkRedisSettings` reports: once per process, and with what to do. BullMQ prints
 * it for each of its connections.
 */
export function isReported(text: string): boolean {
  return text.startsWith('IMPORTANT! Eviction policy is ')
}
