import type { SystemView } from '@sluice/contracts'
import type { SystemStatus } from '@sluice/engine'
import type { FastifyInstance } from 'fastify'
import { version } from '../settings.ts'

const startedAt = new Date(performance.timeOrigin).toISOString()

/** The state of the installation as the API process answers it. */
export function systemView(
  app: FastifyInstance,
  { eventStreams }: { eventStreams: number },
  { isCluster, nodes, clockAheadMs, ...counts }: SystemStatus,
): SystemView {
  const gate = app.overloadGate.status()
  return {
    process: { version, node: process.versions.node, startedAt, clockAheadMs, gate, eventStreams },
    redis: { isCluster, nodes },
    ...counts,
  }
}
