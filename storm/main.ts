/** `npm run storm`: processes are killed at random under load, and every acknowledged call is audited after each healing. */
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WEIGHTS, type KillKind } from './killer.ts'
import { renderOutcome, renderRound } from './report.ts'
import { runStorm } from './run.ts'

const USAGE = `npm run storm -- [--kills N] [--seed S] [--per-round K] [--callers C] [--only KINDS] [--server FILE]
  --only     kinds of kills, separated by commas: ${Object.keys(WEIGHTS).join(', ')}
  --server   dist/main.js of another copy, one with a planted fault for example`

const isKind = (name: string): name is KillKind => Object.hasOwn(WEIGHTS, name)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      'per-round': { type: 'string', default: '5' },
      callers: { type: 'string', default: '8' },
      only: { type: 'string' },
      server: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const outcome = await runStorm({
    script:
      values.server === undefined ? join(dirname(fileURLToPath(import.meta.url)), 'main.js') : resolve(values.server),
    kills: Number(values.kills),
    seed: Number(values.seed),
    ...(values.only === undefined ? {} : { kinds: values.only.split(',').filter(isKind) }),
    perRound: Number(values['per-round']),
    callers: Number(values.callers),
    onRound: (round) => console.log(renderRound(round)),
  })
  console.log(renderOutcome(outcome))
  return outcome.violations.length === 0 ? 0 : 1
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 2
  },
)
