/**
 * Options of a BullMQ queue that is opened without a word to Redis. Otherwise its first command waits for Redis however
 * long that takes, and a connection that breaks while BullMQ asks for the version makes the queue unusable for good.
 */
export const openAtOnce = { skipWaitingForReady: true, skipVersionCheck: true }
