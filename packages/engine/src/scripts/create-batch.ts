import { defineScript } from './define-script.ts'

/** Fields of a hash. */
export type Fields = Readonly<Record<string, string | number>>

export interface CreateRequest {
  settings: Fields
  criteria: Fields
}

/** Writes a batch's settings and criteria, once. */
export const createBatchScript = defineScript('create-batch', {
  keys: ['meta', 'criteria'],
  args: ['settings'],
  rest: 'fields',
  encode: ({ settings, criteria }: CreateRequest) => ({
    args: { settings: Object.keys(settings).length },
    rest: [...Object.entries(settings), ...Object.entries(criteria)].flat(),
  }),
  replies: {
    /** By Redis's clock, in ms. */
    created: ([createdAt]) => ({ createdAt: Number(createdAt) }),
  },
})
