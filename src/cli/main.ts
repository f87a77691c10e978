/** `npm run lockstitch -- <command>`: what an operator does beside the running server. */
import { once } from 'node:events'
import type { Io } from './command.ts'
import { run } from './run.ts'

const io: Io = {
  env: process.env,
  out: async (line) => {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
  },
  tell: (line) => void process.stderr.write(`${line}\n`),
}

run(process.argv.slice(2), io).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error('The command failed:', error)
    process.exitCode = 3
  },
)
