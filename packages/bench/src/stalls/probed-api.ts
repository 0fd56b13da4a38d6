/*
 * The API with a probe: on SIGUSR2 it prints the longest time its event loop was blocked since the previous signal, in ms, and
 * the most processor time it used in one tick. Only the latter is all its own: a busy machine lets a process wait.
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

/** Of this thread. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

await import(process.env['API_MAIN'] ?? '')
