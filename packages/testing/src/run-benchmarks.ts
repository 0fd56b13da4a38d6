import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Measures something and returns the rows of a table. Or a program of its own that has the benchmark of this name. */
export type Benchmark = (() => Promise<readonly object[]>) | URL

const OUTPUT = '.cache/bench'

/**
 * Runs benchmarks by name, all of them when no name is given. Prints a table of each and writes its rows to
 * `.cache/bench/<name>.json`. An unknown name ends the process with exit code 2 before anything is measured.
 */
export async function runBenchmarks(
  benchmarks: Readonly<Record<string, Benchmark>>,
  names: readonly string[],
): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`)
    process.exit(2)
  }
  for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
    const benchmark = benchmarks[name]
    if (benchmark instanceof URL) await runProgram(benchmark, name)
    else if (benchmark) await report(name, benchmark)
  }
}

async function report(name: string, measure: () => Promise<readonly object[]>): Promise<void> {
  console.log(`\n${name}`)
  const rows = await measure()
  console.table(rows)
  await mkdir(OUTPUT, { recursive: true })
  await writeFile(`${OUTPUT}/${name}.json`, `${JSON.stringify(rows, undefined, 2)}\n`)
}

async function runProgram(program: URL, name: string): Promise<void> {
  const args = [...process.execArgv, fileURLToPath(program), name]
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`The benchmark ${name} ended with ${code}.`)
}
