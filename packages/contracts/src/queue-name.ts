import { Type } from 'typebox'

/** The name of a queue. */
export const QueueName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'The name of a queue: lower-case letters, digits, dots, underscores and hyphens, at most 63.',
  examples: ['default'],
})
