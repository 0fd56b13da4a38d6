/** Classes of requests that may have to wait, the most important first. */
export const QUEUED_CLASSES = ['critical', 'normal', 'sheddable'] as const

/** A class of requests that wait in a ring of their own while the event loop is busy. */
export type QueuedClass = (typeof QUEUED_CLASSES)[number]

/** How the gate treats a route: `bypass` is never held, refused or counted. */
export type GateClass = 'bypass' | QueuedClass

export const GATE_CLASSES = ['bypass', ...QUEUED_CLASSES] as const satisfies readonly GateClass[]

/** Whether a value names a class. */
export function isGateClass(value: unknown): value is GateClass {
  return GATE_CLASSES.includes(value as GateClass)
}

/** A value for each class that may have to wait. */
export function forEachClass<T>(make: (gateClass: QueuedClass) => T): Record<QueuedClass, T> {
  return { critical: make('critical'), normal: make('normal'), sheddable: make('sheddable') }
}
