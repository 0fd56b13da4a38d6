/** Creates a service of the mock upstream, or changes it. Throws if the upstream refuses. */
export async function configureUpstream(url: string, service: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(service) })
  if (!response.ok) throw new Error(`POST ${url} failed with ${response.status}: ${await response.text()}`)
}
