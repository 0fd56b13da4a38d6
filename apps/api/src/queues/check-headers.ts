import type { ChangeQueueBody, RequestErrorView } from '@sluice/contracts'

/** Names of headers that carry credentials. */
const CREDENTIALS = /^(?:proxy-)?authorization$|cookie|key|token|secret/i

/**
 * Refuses credentials in the headers of a queue. They would be sent to any host that a task names, and every client that reads
 * queues could read them. A secret goes only to hosts that the queue lists, and exists only in the workers.
 */
export function checkHeaders({ headers }: NonNullable<ChangeQueueBody['http']>): RequestErrorView[] {
  return Object.entries(headers ?? {})
    .filter(([name, value]) => CREDENTIALS.test(name) && !value.includes('${secret:'))
    .map(([name]) => ({
      path: `body/http/headers/${name}`,
      message: 'may carry a credential, so it must contain a secret of the workers: ${secret:NAME}',
    }))
}
