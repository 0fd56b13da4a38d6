import { AcceptSprint } from './accept-sprint.ts'
import { ClassRings } from './class-rings.ts'
import type { EventLoop } from './event-loop.ts'
import { forEachClass, type QueuedClass } from './gate-class.ts'
import type { GateSettings } from './gate-options.ts'
import type { GateState, GateStats, GateStatus } from './gate-stats.ts'
import { GateTally, type OutcomeListener } from './gate-tally.ts'
import { Outcomes } from './outcomes.ts'
import { ReleasePace } from './release-pace.ts'
import { ReleaseTicks } from './release-ticks.ts'
import { TickAge } from './tick-age.ts'
import type { ShedReason, Visit } from './visit.ts'

/**
 * Admits, holds or refuses each request. While ticks are short and no request is held, requests pass. Otherwise they are
 * held in rings, the end of each tick releases a few, and a request that could not be served in time is refused on arrival.
 * Nothing is scheduled while no request is in progress.
 */
export class Gate {
  readonly #loop: EventLoop
  readonly #settings: GateSettings
  readonly #rings: ClassRings
  readonly #tickAge: TickAge
  readonly #sprint: AcceptSprint
  readonly #pace = new ReleasePace()
  readonly #ticks: ReleaseTicks
  readonly #tally: GateTally
  readonly #outcomes: Outcomes
  #isClosing = false

  constructor(loop: EventLoop, settings: GateSettings, onOutcome?: OutcomeListener) {
    this.#loop = loop
    this.#settings = settings
    this.#rings = new ClassRings(settings.classes)
    this.#tally = new GateTally(onOutcome)
    this.#outcomes = new Outcomes(this.#tally, ({ gateClass }, now) => this.#predictedWaitMs(gateClass, now))
    this.#tickAge = new TickAge(loop)
    this.#sprint = new AcceptSprint(settings.acceptSprintMs)
    this.#ticks = new ReleaseTicks(loop, settings, {
      waiting: {
        count: () => this.#rings.size,
        expireOne: (now) => this.#expireOne(now),
        releaseOne: (now) => this.#releaseOne(now),
      },
      sprint: this.#sprint,
      pace: this.#pace,
    })
  }

  /** Admits a new request, puts it in its ring, or refuses it. */
  arrive(visit: Visit): void {
    const now = this.#loop.now()
    if (!this.#isBusy(this.#tickAge.note(now))) return this.#outcomes.admit(visit)

    const waitMs = this.#predictedWaitMs(visit.gateClass, now)
    const reason = this.#reasonToRefuse(visit, waitMs, now)
    if (reason === undefined) this.#hold(visit, now)
    else this.#outcomes.refuse(visit, reason, now)
  }

  /** Records that the response to a request, or its connection, has ended. */
  leave(visit: Visit): void {
    const now = this.#loop.now()
    this.#tickAge.note(now)
    if (visit.state === 'admitted') this.#outcomes.end(visit)
    if (visit.state !== 'queued') return
    this.#rings.remove(visit)
    this.#outcomes.forget(visit, now)
  }

  /** Records that the server has accepted a connection. */
  noteConnection(): void {
    if (this.#settings.acceptSprintMs === 0) return
    this.#sprint.noteConnection()
    this.#ticks.start(this.#loop.now())
  }

  /** Refuses all held requests. From now on none is held. */
  close(): void {
    this.#isClosing = true
    const now = this.#loop.now()
    for (let visit = this.#rings.take(); visit !== undefined; visit = this.#rings.take()) {
      this.#outcomes.dismiss(visit, 'closing', now)
    }
  }

  stats(): GateStats {
    const now = this.#loop.now()
    const { admitted, buffered, gone, shed, waits } = this.#tally
    return {
      state: this.#state(now),
      depth: forEachClass((gateClass) => this.#rings.depth(gateClass)),
      predictedWaitMs: forEachClass((gateClass) => this.#predictedWaitMs(gateClass, now)),
      heldBodyBytes: this.#rings.bodyBytes,
      active: this.#outcomes.active,
      admitted,
      buffered,
      shed: { ...shed },
      gone,
      waits: waits.histogram(),
      sheddingForMs: this.#tally.sheddingForMs(now),
      longestStallMs: this.#tickAge.takeLongestMs(now),
      eventLoopUtilization: this.#loop.utilization(),
    }
  }

  /** What the gate does now. Any number of readers may ask. */
  status(): GateStatus {
    const now = this.#loop.now()
    return { state: this.#state(now), held: this.#rings.size, sheddingForMs: this.#tally.sheddingForMs(now) }
  }

  #state(now: number): GateState {
    if (this.#isClosing) return 'closing'
    if (this.#tally.isShedding(now)) return 'shedding'
    return this.#rings.size > 0 ? 'buffering' : 'open'
  }

  /** Whether a new request has to be held: others are, the tick is long, or connections queue in the kernel. */
  #isBusy(tickAgeMs: number): boolean {
    const isLate = tickAgeMs >= this.#settings.busyAfterMs
    return isLate || this.#rings.size > 0 || this.#sprint.isRunning
  }

  #predictedWaitMs(gateClass: QueuedClass, now: number): number {
    return this.#rings.ahead(gateClass) * this.#pace.intervalMs(now)
  }

  #reasonToRefuse({ gateClass, bodyBytes }: Visit, waitMs: number, now: number): ShedReason | undefined {
    if (this.#isClosing) return 'closing'
    if (this.#rings.isFull(gateClass)) return 'full'
    if (this.#rings.bodyBytes + bodyBytes > this.#settings.maxHeldBodyBytes) return 'bytes'
    return waitMs > this.#rings.deadlineMs(gateClass, now) ? 'wait' : undefined
  }

  #hold(visit: Visit, now: number): void {
    visit.state = 'queued'
    this.#rings.push(visit, now)
    this.#tally.countBuffered()
    this.#ticks.start(now)
  }

  #expireOne(now: number): boolean {
    const visit = this.#rings.takeExpired(now)
    if (visit !== undefined) this.#outcomes.dismiss(visit, 'expired', now)
    return visit !== undefined
  }

  #releaseOne(now: number): boolean {
    const visit = this.#rings.take()
    if (visit === undefined) return false
    const isDue = !visit.isGone() && !this.#rings.isExpired(visit, now)
    if (isDue) this.#outcomes.admit(visit, now - visit.queuedAt)
    else this.#outcomes.dismiss(visit, 'expired', now)
    return isDue
  }
}
