/** How far this browser's clock is ahead of the one of the API, in ms. 0: by less than the API's answers can tell. */
let aheadMs = 0

/** The header that tells the time has whole seconds, and its answer takes a while. */
const LEAST_MS = 3000

/** The time of the API, in ms since 1970, as well as the page knows it. */
export function clock(): number {
  return Date.now() - aheadMs
}

/** Notes the time at which the API has sent an answer, as its `date` header has it. */
export function noteTime(date: string | null): void {
  const sentAt = Date.parse(date ?? '')
  if (Number.isNaN(sentAt)) return
  const ahead = Date.now() - sentAt
  aheadMs = Math.abs(ahead) < LEAST_MS ? 0 : ahead
}
