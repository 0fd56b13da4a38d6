import { computed, signal } from '@preact/signals'
import { clock } from './clock.ts'

/** Whether the person has frozen the page: it then shows what it has, and asks for nothing by itself. */
export const isFrozen = signal(false)

/** Whether the page is in the background, where it asks for nothing either. */
const isHidden = signal(document.hidden)

/** When the API answered last, in ms. */
const heardAt = signal(clock())

/** Since when answers fail to arrive, in ms. Undefined: they arrive. */
export const silentSince = signal<number | undefined>(undefined)

/** Whether the page keeps itself up to date. */
export const isAwake = computed(() => !isFrozen.value && !isHidden.value)

document.addEventListener('visibilitychange', () => {
  isHidden.value = document.hidden
})

/** Notes that the API has answered. */
export function heard(): void {
  heardAt.value = clock()
  silentSince.value = undefined
}

/** Notes that an answer did not arrive. */
export function missed(): void {
  silentSince.value ??= heardAt.value
}
