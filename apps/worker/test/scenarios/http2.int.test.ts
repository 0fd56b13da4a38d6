import { testCertificate } from '@sluice/testing'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { fleetTest, submit, tasksOf, untilCompleted } from '../support/fleet-test.ts'

/** A test with an upstream that offers HTTP/2 and HTTP/1.1, and with the file of the certificate to trust. */
const http2Test = fleetTest
  .extend('upstream', async ({ onTestFinished }) => {
    const server = createSecureServer({ ...testCertificate, allowHTTP1: true }, (request, response) => {
      response.end(request.httpVersion)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => void server.close())
    return `https://localhost:${(server.address() as AddressInfo).port}/`
  })
  .extend('certFile', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-cert-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'cert.pem'), testCertificate.cert)
    return join(folder, 'cert.pem')
  })

http2Test.for([
  ['SLUICE_HTTP2=true', { SLUICE_HTTP2: 'true' }, '2.0'],
  ['its default', {}, '1.1'],
] as const)(
  'a worker with %s calls an upstream that offers HTTP/2 and HTTP/1.1 over the one that is set',
  async ([, setting, version], { engine, startWorker, upstream, certFile }) => {
    await startWorker({ ...setting, SLUICE_HTTP_ALLOW_HOSTS: 'localhost', NODE_EXTRA_CA_CERTS: certFile })
    const id = await submit(engine, { type: 'http', payloads: [{ url: upstream }, { url: upstream }] })

    await untilCompleted(engine, id)

    const bodies = (await tasksOf(engine, id)).map(({ result }) => (result as { body: string }).body)
    expect(bodies).toEqual([version, version])
  },
)
