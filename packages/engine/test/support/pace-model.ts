const MANY_REFUSALS = 5
const ENOUGH_ACCEPTED = 20
const MAX_VAIN = 8

/** What refusals of the upstream let a batch start, in its simplest form. Times are left out. */
export class PaceModel {
  /** Whether the upstream refuses calls: the batch is paused, or a task probes. */
  isResting = false
  isPaced = false
  #refusals = 0
  #accepted = 0
  #vain = 0
  #prober: number | undefined

  get isProbing(): boolean {
    return this.#prober !== undefined
  }

  forget(): void {
    Object.assign(this, new PaceModel())
    this.#refusals = 0
    this.#accepted = 0
    this.#vain = 0
    this.#prober = undefined
  }

  /** Returns true if the batch pauses. */
  refuse(): boolean {
    this.#refusals += 1
    if (!this.isPaced && !this.isResting && this.#refusals < MANY_REFUSALS) return false
    this.isResting = true
    this.#prober = undefined
    return true
  }

  accept(isOld: boolean): void {
    this.#accepted += 1
    if (isOld) return
    if (this.isResting) this.#reopen()
    this.#refusals = 0
  }

  #reopen(): void {
    if (this.isPaced) this.#vain = this.#accepted > ENOUGH_ACCEPTED ? 0 : this.#vain + 1
    this.isPaced = this.#vain < MAX_VAIN
    if (!this.isPaced) this.#vain = 0
    this.isResting = false
    this.#accepted = 0
    this.#prober = undefined
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
