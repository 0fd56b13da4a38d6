/** Returns the job id of a ticket: `b1.3` for ticket 3 of batch `b1`. BullMQ adds a job with this id only once. */
export function ticketId(batchId: string, ticket: number): string {
  return `${batchId}.${ticket}`
}

/** Splits the id of a ticket's BullMQ job into batch id and ticket number. */
export function parseTicketId(id: string): { batchId: string; ticket: number } {
  const dot = id.lastIndexOf('.')
  return { batchId: id.slice(0, dot), ticket: Number(id.slice(dot + 1)) }
}
