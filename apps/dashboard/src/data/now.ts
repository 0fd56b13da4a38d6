import { effect, signal } from '@preact/signals'
import { isAwake } from './connection.ts'

/** The time by this browser's clock, in ms, to the second. It stands still while the page is frozen or hidden. */
export const now = signal(Date.now())

effect(() => {
  if (!isAwake.value) return
  now.value = Date.now()
  const timer = setInterval(() => {
    now.value = Date.now()
  }, 1000)
  return () => clearInterval(timer)
})
