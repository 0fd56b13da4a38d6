import { Sluice } from '@sluice/client'
import { apiRoot } from '../routing/location.ts'

/** The API with answers as text. The client parses answers, which rounds long numbers. */
const textual = new Sluice({
  url: apiRoot,
  fetch: async (input, init) => {
    const response = await fetch(input, init)
    if (!response.ok) return response
    return new Response(response.body, { status: response.status, headers: { 'content-type': 'text/plain' } })
  },
})

/** Reads a task as the text that the API sends. */
export async function readTaskText(batchId: string, seq: number, signal: AbortSignal): Promise<string> {
  return (await textual.tasks.get(batchId, seq, { signal, maxRetries: 0 })) as unknown as string
}

/** Reads a batch as the text that the API sends. */
export async function readBatchText(id: string, signal: AbortSignal): Promise<string> {
  return (await textual.batches.get(id, { signal, maxRetries: 0 })) as unknown as string
}
