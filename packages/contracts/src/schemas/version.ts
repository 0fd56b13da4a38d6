import { type Static, Type } from 'typebox'

/** The version of a process, and what a client should know before it sends tasks. */
export const VersionView = Type.Object(
  {
    name: Type.String({ description: 'The name of the process.', examples: ['sluice-api'] }),
    version: Type.String({ description: 'The version of Sluice.', examples: ['0.1.0'] }),
    node: Type.String({ description: 'The version of Node.', examples: ['24.21.0'] }),
    maxTaskBytes: Type.Integer({
      description: 'Maximum size of a task, in bytes of its JSON.',
      examples: [262_144],
    }),
  },
  { title: 'Version', additionalProperties: false },
)
export type VersionView = Static<typeof VersionView>
