import type { Batch } from '@sluice/engine'
import type { FastifyReply } from 'fastify'
import { expect, test } from 'vitest'
import { sendBatchEvents } from '../../src/batches/event-stream.ts'
import { EventWriter } from '../../src/http/event-writer.ts'

const batch = { counts: {}, waitingFor: [], createdAt: new Date() } as unknown as Batch

/** A connection that takes `taken` events, and then no more. Destroying it closes the stream. */
function stuckAfter(taken: number) {
  const sent: string[] = []
  const closed = new AbortController()
  const send = async ({ event }: { event: string }) => {
    if (sent.length >= taken) await new Promise(() => {})
    sent.push(event)
  }
  const reply = { sse: { send }, raw: { destroy: () => closed.abort() } } as unknown as FastifyReply
  return { reply, sent, closed }
}

async function* changes(count: number): AsyncGenerator<Batch> {
  for (let i = 0; i < count; i += 1) yield batch
}

test('sends a snapshot, each change and the end', async () => {
  const { reply, sent, closed } = stuckAfter(Infinity)

  await sendBatchEvents(new EventWriter(reply, closed.signal, 50), closed.signal, { value: batch }, changes(2))

  expect(sent).toEqual(['snapshot', 'change', 'change', 'end'])
  expect(closed.signal.aborted).toBe(false)
})

test('closes the connection of a client that does not read an event for a while', async () => {
  const { reply, sent, closed } = stuckAfter(2)

  await sendBatchEvents(new EventWriter(reply, closed.signal, 50), closed.signal, { value: batch }, changes(5))

  expect(sent).toEqual(['snapshot', 'change'])
  expect(closed.signal.aborted).toBe(true)
})
