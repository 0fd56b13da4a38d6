import { operations } from '@sluice/contracts'
import { expect, test } from 'vitest'
import { type OperationId, Sluice } from '../src/index.ts'

/** The method that calls each operation. */
const methods: Record<OperationId, (sluice: Sluice) => unknown> = {
  createBatch: ({ batches }) => batches.create({}),
  listBatches: ({ batches }) => batches.list(),
  readBatch: ({ batches }) => batches.get('a b'),
  updateBatch: ({ batches }) => batches.update('a b', { priority: 1 }),
  deleteBatch: ({ batches }) => batches.delete('a b'),
  sealBatch: ({ batches }) => batches.seal('a b'),
  cancelBatch: ({ batches }) => batches.cancel('a b'),
  readReport: ({ batches }) => batches.report('a b'),
  readSeries: ({ batches }) => batches.series('a b'),
  watchBatch: ({ batches }) => batches.watch('a b').next(),
  interruptBatch: ({ batches }) => batches.interrupt('a b'),
  resumeBatch: ({ batches }) => batches.resume('a b'),
  listInterruptions: ({ batches }) => batches.interruptions('a b'),
  startBulk: ({ bulk }) => bulk.start({ action: 'resume', filter: { state: 'interrupted' } }),
  listBulk: ({ bulk }) => bulk.list(),
  readBulk: ({ bulk }) => bulk.get('a b'),
  cancelBulk: ({ bulk }) => bulk.cancel('a b'),
  appendTasks: ({ batches }) => batches.append('a b', [{ payload: 1 }]),
  listTasks: ({ tasks }) => tasks.list('a b'),
  searchTasks: ({ tasks }) => tasks.search(),
  readTask: ({ tasks }) => tasks.get('a b', 3),
  retryTasks: ({ batches }) => batches.retry('a b'),
  readResults: ({ batches }) => batches.results('a b').next(),
  listQueues: ({ queues }) => queues.list(),
  readQueue: ({ queues }) => queues.get('a b'),
  putQueue: ({ queues }) => queues.put('a b', {}),
  changeQueue: ({ queues }) => queues.update('a b', {}),
  pauseQueue: ({ queues }) => queues.pause('a b'),
  resumeQueue: ({ queues }) => queues.resume('a b'),
  listTenants: ({ tenants }) => tenants.list(),
  readTenant: ({ tenants }) => tenants.get('a b'),
  putTenant: ({ tenants }) => tenants.put('a b', {}),
  deleteQueue: ({ queues }) => queues.delete('a b'),
  listLimits: ({ limits }) => limits.list(),
  readLimit: ({ limits }) => limits.get('a b'),
  putLimit: ({ limits }) => limits.put('a b', { rules: [] }),
  changeLimit: ({ limits }) => limits.update('a b', {}),
  deleteLimit: ({ limits }) => limits.delete('a b'),
  createDetection: ({ detections }) => detections.create({ url: 'https://a.example' }),
  listDetections: ({ detections }) => detections.list(),
  readDetection: ({ detections }) => detections.get('a b'),
  cancelDetection: ({ detections }) => detections.cancel('a b'),
  createApiKey: ({ keys }) => keys.create({ name: 'x', role: 'viewer' }),
  listApiKeys: ({ keys }) => keys.list(),
  readApiKey: ({ keys }) => keys.get('a b'),
  changeApiKey: ({ keys }) => keys.update('a b', {}),
  rerollApiKey: ({ keys }) => keys.reroll('a b'),
  deleteApiKey: ({ keys }) => keys.delete('a b'),
  listSessions: ({ sessions }) => sessions.list(),
  endSession: ({ sessions }) => sessions.end('a b'),
  listAudit: ({ audit }) => audit.list(),
  exportAudit: ({ audit }) => audit.export().next(),
  readSession: (sluice) => sluice.session(),
  listWorkers: ({ workers }) => workers.list(),
  readSystem: ({ system }) => system.get(),
  // A session is for a browser, which keeps its cookie: no method of its own.
  createSession: (sluice) => sluice.request('createSession', { json: { apiKey: 'x' } }),
  startSignIn: (sluice) => sluice.request('startSignIn'),
  finishSignIn: (sluice) => sluice.request('finishSignIn'),
  deleteSession: (sluice) => sluice.request('deleteSession'),
  watchEvents: (sluice) => sluice.events({ topics: ['queues'] }).next(),
  checkAlive: ({ service }) => service.alive(),
  checkReady: ({ service }) => service.ready(),
  readVersion: ({ service }) => service.version(),
  readMetrics: ({ service }) => service.metrics(),
  readOpenapi: ({ service }) => service.openapi(),
}

/** What every method can read: an empty page, and a batch without tasks. */
const ANSWER = {
  batches: [],
  tasks: [],
  queues: [],
  limits: [],
  keys: [],
  sessions: [],
  entries: [],
  nextCursor: null,
  counts: { total: 0 },
}

test.each(Object.entries(operations))('%s has a method', async (id, { method, path }) => {
  const sent: string[] = []
  const record = async (input: string, init?: { method?: string }) => {
    const target = input.replace('http://sluice.example', '').replace(/\?.*/, '')
    sent.push(`${init?.method} ${target}`)
    if (/\/(results|entries)$/.test(target)) return new Response('')
    if (!target.endsWith('/events')) return Response.json(ANSWER)
    return new Response(`event: snapshot\ndata: ${JSON.stringify(ANSWER)}\n\n`)
  }
  const sluice = new Sluice({ url: 'http://sluice.example', fetch: record as typeof fetch })

  await methods[id as OperationId](sluice)

  expect(sent.at(-1)).toBe(`${method} ${path.replace(':seq', '3').replaceAll(/:\w+/g, 'a%20b')}`)
})
