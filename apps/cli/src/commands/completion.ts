import { Argument, type Command } from 'commander'
import { completionScripts, type Shell, SHELLS } from '../completion/scripts.ts'
import { choicesOf, nodesOf } from '../completion/tree.ts'
import { write } from '../output/print.ts'

const HELP = `
Load it in each shell:
  bash  echo 'source <(sluice completion bash)' >> ~/.bashrc
  zsh   echo 'source <(sluice completion zsh)' >> ~/.zshrc
  fish  sluice completion fish > ~/.config/fish/completions/sluice.fish`

/** Adds `sluice completion`. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .description('Prints a script by which a shell completes commands and options.')
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      await write(completionScripts[shell]({ nodes: nodesOf(program), choices: choicesOf(program) }))
    })
}
