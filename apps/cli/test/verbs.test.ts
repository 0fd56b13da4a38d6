import { type OperationId, operations } from '@sluice/contracts'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'

/** The command for each operation. Null: `sluice api` makes it. */
const verbs: Record<OperationId, string | null> = {
  createBatch: 'batch create',
  listBatches: 'batch list',
  readBatch: 'batch get',
  updateBatch: 'batch update',
  deleteBatch: 'batch delete',
  sealBatch: 'batch seal',
  cancelBatch: 'batch cancel',
  readReport: 'batch report',
  readSeries: 'batch series',
  watchBatch: 'batch watch',
  interruptBatch: 'batch interrupt',
  resumeBatch: 'batch resume',
  listInterruptions: 'batch interruptions',
  startBulk: 'bulk start',
  listBulk: 'bulk list',
  readBulk: 'bulk get',
  cancelBulk: 'bulk cancel',
  appendTasks: 'batch append',
  listTasks: 'batch tasks',
  searchTasks: 'tasks',
  readTask: 'batch task',
  retryTasks: 'batch retry',
  readResults: 'batch results',
  listQueues: 'queue list',
  readQueue: 'queue get',
  putQueue: 'queue put',
  changeQueue: 'queue update',
  pauseQueue: 'queue pause',
  resumeQueue: 'queue resume',
  deleteQueue: 'queue delete',
  listLimits: 'limit list',
  readLimit: 'limit get',
  putLimit: 'limit put',
  changeLimit: 'limit update',
  deleteLimit: 'limit delete',
  createDetection: 'detection create',
  listDetections: 'detection list',
  readDetection: 'detection get',
  cancelDetection: 'detection cancel',
  listTenants: 'tenant list',
  readTenant: 'tenant get',
  putTenant: 'tenant put',
  createApiKey: 'key create',
  listApiKeys: 'key list',
  readApiKey: 'key get',
  changeApiKey: 'key update',
  rerollApiKey: 'key reroll',
  deleteApiKey: 'key delete',
  readSession: 'whoami',
  // A session is for a browser, which keeps its cookie.
  createSession: null,
  startSignIn: null,
  finishSignIn: null,
  deleteSession: null,
  listSessions: 'session list',
  endSession: 'session end',
  listAudit: 'audit',
  exportAudit: 'audit',
  listWorkers: 'worker list',
  readSystem: 'system',
  watchEvents: 'events',
  checkReady: 'doctor',
  readVersion: 'doctor',
  checkAlive: null,
  readMetrics: null,
  readOpenapi: null,
}

function find(command: Command, [name, ...rest]: readonly string[]): Command | undefined {
  if (name === undefined) return command
  const inner = command.commands.find((one) => one.name() === name)
  return inner && find(inner, rest)
}

test.each(Object.keys(operations))('%s has a command', (id) => {
  const verb = verbs[id as OperationId] ?? 'api'

  expect(find(createProgram({}), verb.split(' '))?.description()).toMatch(/^[A-Z].*\.$/)
})
