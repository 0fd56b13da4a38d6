// Prints the failed tests with their reasons, and the sum of all runs as the last line. Arguments: the folder with the
// counts and logs of the runs, then their names. Exits with 1 if any test or run failed.
import { existsSync, readFileSync } from 'node:fs'

const [folder, ...names] = process.argv.slice(2)

const LAST_LINES = 40

const readRun = (name) => {
  const counts = `${folder}/${name}.json`
  return {
    name,
    exitCode: readFileSync(`${folder}/${name}.code`, 'utf8').trim(),
    ...(existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : {}),
  }
}

// Failures are repeated at the end, because a truncated log keeps its end.
const printFailures = ({ name, testResults = [] }) => {
  for (const file of testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    for (const { fullName, failureMessages } of failed) {
      console.log(`FAILED in ${name}: ${file.name}: ${fullName}\n${failureMessages.join('\n').slice(0, 3000)}\n`)
    }
    if (file.status === 'failed' && failed.length === 0)
      console.log(`FAILED in ${name}: ${file.name}\n${file.message}\n`)
  }
}

// A run can fail in lint, in types or outside of the tests. Then only its log states the reason.
const printEnd = ({ name }) => {
  const lines = readFileSync(`${folder}/${name}.log`, 'utf8').trimEnd().split('\n')
  console.log(lines.slice(-LAST_LINES).join('\n'))
}

const runs = names.filter((name) => existsSync(`${folder}/${name}.code`)).map(readRun)
const sum = { passed: 0, failed: 0, skipped: 0 }
for (const run of runs) {
  sum.passed += run.numPassedTests ?? 0
  // A run can fail although none of its tests did.
  sum.failed += run.numFailedTests || (run.exitCode === '0' ? 0 : 1)
  sum.skipped += run.numPendingTests ?? 0
  printFailures(run)
  if (run.exitCode === '0') continue
  console.log(`The run "${run.name}" ended with exit code ${run.exitCode}.`)
  if (!run.numFailedTests) printEnd(run)
}
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`)
process.exitCode = sum.failed > 0 ? 1 : 0
