/*
 * The API with a probe. On SIGUSR2 it prints the longest time for which its event loop was blocked since the previous
 * signal, and the most processor time that it used in one tick, both in ms. A busy machine inflates only the former.
 */

const BEAT_MS = 1

let beatAt = performance.now()
let used = processorMs()
let longestMs = 0
let mostUsedMs = 0
setInterval(() => {
  const now = performance.now()
  longestMs = Math.max(longestMs, now - beatAt - BEAT_MS)
  beatAt = now
  const usedNow = processorMs()
  mostUsedMs = Math.max(mostUsedMs, usedNow - used)
  used = usedNow
}, BEAT_MS).unref()

process.on('SIGUSR2', () => {
  console.log(`longest stall ${longestMs.toFixed(1)} ms, processor ${mostUsedMs.toFixed(1)} ms`)
  longestMs = 0
  mostUsedMs = 0
})

/** Returns the processor time of this thread, in ms. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

await import(process.env['API_MAIN'] ?? '')
