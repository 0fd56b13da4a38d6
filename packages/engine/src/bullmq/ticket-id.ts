/** Ticket 3 of batch `b1` is BullMQ's job `b1.3`. Adding it twice adds it once. */
export function ticketId(batchId: string, ticket: number): string {
  return `${batchId}.${ticket}`
}

export function parseTicketId(id: string): { batchId: string; ticket: number } {
  const dot = id.lastIndexOf('.')
  return { batchId: id.slice(0, dot), ticket: Number(id.slice(dot + 1)) }
}
