import { Option, type Command } from 'commander'
import type { Context } from '../context.ts'
import { download, downloadSplit } from '../download/download.ts'
import { layoutOf, type Layout, RESULT_FORMATS, type ResultFormat } from '../download/layout.ts'
import { UsageError } from '../exit-codes.ts'

/** Options of a download, as commander gives them. */
export interface ResultOptions {
  output?: string
  split?: true
  resultFormat?: ResultFormat
}

/** Adds the options of a download. */
export function addResultOptions(command: Command, defaultOutput: string): Command {
  return command
    .option('-o, --output <file>', `download the results to this file (default: ${defaultOutput})`)
    .option('--split', 'download completed and failed tasks to files of their own, such as out.failed.csv')
    .addOption(
      new Option('--result-format <format>', 'default: csv for a file that ends in .csv, otherwise ndjson').choices(
        RESULT_FORMATS,
      ),
    )
}

/** The layout that options ask for. Throws a `UsageError` for options that do not fit together. */
export function resultLayoutOf({ output, split, resultFormat }: ResultOptions): Layout {
  if (split && output === undefined) throw new UsageError('--split needs --output with the name of a file.')
  return layoutOf(resultFormat ?? (output?.endsWith('.csv') ? 'csv' : 'ndjson'))
}

/** Downloads the results to a file, or to one for each end, and says where they are. */
export async function downloadTo(
  output: string,
  { batch, layout, split }: { batch: string; layout: Layout; split: boolean },
  { sluice, isQuiet, signal }: Context,
): Promise<void> {
  const one = { batch, layout, file: output, signal }
  const files = split ? await downloadSplit(sluice, one) : [output]
  if (!split) await download(sluice, one)
  if (!isQuiet) process.stderr.write(`the results are in ${files.join(' and ')}\n`)
}
