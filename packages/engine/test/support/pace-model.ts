const MANY_REFUSALS = 5
const MAX_DOUBLINGS = 3
/** Of a pace that is younger than 30 s, as all paces of the test are. */
const ENOUGH_ACCEPTED = 40
const MAX_VAIN = 8

/** What refusals of the upstream let a batch start, in its simplest form. Times are left out. */
export class PaceModel {
  /** Whether the upstream refuses calls: the batch is paused, or a task probes. */
  isResting = false
  isPaced = false
  #refusals = 0
  #rowFrom = 0
  #accepted = 0
  #vain = 0
  #dropped = 0
  #prober: number | undefined

  get isProbing(): boolean {
    return this.#prober !== undefined
  }

  forget(): void {
    Object.assign(this, new PaceModel())
    this.#refusals = 0
    this.#accepted = 0
    this.#vain = 0
    this.#dropped = 0
    this.#prober = undefined
  }

  /** Returns true if the batch pauses. `call`: the number of the call that records the refusal. */
  refuse(call: number): boolean {
    if (this.#refusals === 0) this.#rowFrom = call
    this.#refusals += 1
    const enough = MANY_REFUSALS * 2 ** this.#dropped
    if (!this.isPaced && !this.isResting && this.#refusals < enough) return false
    this.isResting = true
    this.#prober = undefined
    return true
  }

  /** `call`: the number of the call that leased the task. */
  accept(isOld: boolean, call: number): void {
    this.#accepted += 1
    if (isOld) return
    if (this.isResting) this.#reopen()
    if (call >= this.#rowFrom || this.isPaced) this.#refusals = 0
  }

  #reopen(): void {
    if (this.isPaced) this.#judge()
    this.isPaced = this.#vain < MAX_VAIN
    if (!this.isPaced) {
      this.#vain = 0
      this.#dropped = Math.min(this.#dropped + 1, MAX_DOUBLINGS)
    }
    this.isResting = false
    this.#accepted = 0
    this.#prober = undefined
  }

  #judge(): void {
    const hasHelped = this.#accepted > ENOUGH_ACCEPTED
    this.#vain = hasHelped ? 0 : this.#vain + 1
    if (hasHelped) this.#dropped = 0
  }

  endProbe(ticket: number): void {
    if (this.#prober === ticket) this.#prober = undefined
  }

  /** Returns how many tasks a ticket leases that may lease `most`. With a pace, the clock decides: `leased`. */
  sizeOf(most: number, leased: number): number {
    if (this.isResting) return Math.min(most, 1)
    return this.isPaced ? Math.min(most, leased) : most
  }

  start(ticket: number): void {
    if (this.isResting) this.#prober = ticket
  }
}
