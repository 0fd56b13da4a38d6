import { defineScript } from './define-script.ts'

/** Fields of a Redis hash. */
export type Fields = Readonly<Record<string, string | number>>

/** The settings and criteria of a new batch. */
export interface CreateRequest {
  /** The time of Redis's clock after which nothing is written, in ms. */
  deadline: number
  settings: Fields
  criteria: Fields
}

/** Writes the settings and criteria of a batch. An existing batch stays unchanged. */
export const createBatchScript = defineScript('create-batch', {
  keys: ['meta', 'criteria'],
  args: ['deadline', 'settings'],
  rest: 'fields',
  encode: ({ deadline, settings, criteria }: CreateRequest) => ({
    args: { deadline, settings: Object.keys(settings).length },
    rest: [...Object.entries(settings), ...Object.entries(criteria)].flat(),
  }),
  replies: {
    /** `createdAt`: when the batch was created, in ms of Redis's clock. */
    created: ([createdAt]) => ({ createdAt: Number(createdAt) }),
    late: () => ({}),
  },
})
