import { readFileSync } from 'node:fs'
import { readRelease } from './changelog.ts'

/** Prints the section of CHANGELOG.md that belongs to the tag in the first argument, such as v0.1.0. */

const [tag = ''] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('packages/engine/package.json', 'utf8')) as { version: string }
if (tag !== `v${version}`) throw new Error(`The tag "${tag}" does not name the version of the packages, ${version}.`)
process.stdout.write(`${readRelease(readFileSync('CHANGELOG.md', 'utf8'), version)}\n`)
