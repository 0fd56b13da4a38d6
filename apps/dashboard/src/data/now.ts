import { effect, signal } from '@preact/signals'
import { clock } from './clock.ts'
import { isAwake } from './connection.ts'

/** The time by the clock of the API, in ms, to the second. It stands still while the page is frozen or hidden. */
export const now = signal(clock())

effect(() => {
  if (!isAwake.value) return
  now.value = clock()
  const timer = setInterval(() => {
    now.value = clock()
  }, 1000)
  return () => clearInterval(timer)
})
