import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Something that must not happen, with the bytes that caused it. */
export interface Finding {
  /** The number of the request, or of the conversation. */
  index: number
  /** What kind of request it was. */
  kind: string
  flaw: string
  sent: Buffer
  /** The answer, or what came instead. */
  received: string
}

const SHOWN = 700

/** Findings that are alike are counted, and the first of them is kept. */
export class Findings {
  readonly #seed: number
  readonly #byFlaw = new Map<string, { first: Finding; count: number }>()

  constructor(seed: number) {
    this.#seed = seed
  }

  add(subject: string, finding: Finding): void {
    const key = `${subject} ${finding.flaw.slice(0, 120)}`
    const known = this.#byFlaw.get(key)
    if (known === undefined) this.#byFlaw.set(key, { first: finding, count: 1 })
    else known.count += 1
  }

  /** One text for each kind of finding: the seed, the request as bytes, and how to send it again. */
  async describe(port: number): Promise<string[]> {
    if (this.#byFlaw.size === 0) return []
    const folder = await mkdtemp(join(tmpdir(), 'sluice-fuzz-'))
    return await Promise.all(
      [...this.#byFlaw].map(async ([key, { first, count }]) => {
        const file = join(folder, `${first.index}-${first.kind}`)
        await writeFile(file, first.sent)
        return [
          `${key} (${count} times, first: FUZZ_SEED=${this.#seed}, request ${first.index}, ${first.kind})`,
          `  sent: ${JSON.stringify(first.sent.toString('latin1', 0, SHOWN))}`,
          `  again: nc 127.0.0.1 ${port} < ${file}`,
          `  received: ${first.received.slice(0, SHOWN)}`,
        ].join('\n')
      }),
    )
  }
}
