/** `npm run oracle`: random histories against a server of its own, every door compared with what the documents say. */
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { execute } from './history/execute.ts'
import { generate } from './history/generate.ts'
import type { History } from './history/operations.ts'
import { run, systemsOf, type Failure } from './history/run.ts'
import { shrink } from './history/shrink.ts'
import { Target } from './history/target.ts'
import { renderFailure, renderRefusedChanges, renderTally, renderTimings } from './report.ts'

const USAGE = `npm run oracle -- [--presentations N] [--seed S] [--concurrency C] [--per-history P] [--max-failures F] [--from K] [--no-shrink]
npm run oracle -- --seed S --history K     plays history K of seed S alone
npm run oracle -- --replay FILE            plays a history kept in a file`

const PER_HISTORY = 3000
const SHRINK_AT_ONCE = 6

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      presentations: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '8' },
      'per-history': { type: 'string', default: String(PER_HISTORY) },
      'max-failures': { type: 'string', default: '3' },
      'no-shrink': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      from: { type: 'string', default: '0' },
      history: { type: 'string' },
      replay: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const seed = Number(values.seed)
  const perHistory = Number(values['per-history'])
  await using target = await Target.start(join(dirname(fileURLToPath(import.meta.url)), 'main.js'))
  if (values.replay !== undefined || values.history !== undefined) {
    const number = Number(values.history ?? 0)
    const history =
      values.replay !== undefined
        ? (JSON.parse(readFileSync(values.replay, 'utf8')) as History)
        : generate({ seed, number, systems: await systemsOf(target), presentations: perHistory })
    const { disagreement, done, presentations } = await execute(history, target)
    console.log(`${done} operations, ${presentations.length} presentations`)
    if (disagreement === null) {
      console.log('The server does what the documents say.')
      return 0
    }
    await explain(target, { seed, number, history, disagreement }, values['no-shrink'], perHistory)
    return 1
  }
  const startedAt = performance.now()
  let shownAt = startedAt
  const tally = await run(target, {
    seed,
    perHistory,
    from: Number(values.from),
    presentations: Number(values.presentations),
    concurrency: Number(values.concurrency),
    maxFailures: Number(values['max-failures']),
    onProgress: (made) => {
      if (performance.now() - shownAt < 15_000) return
      shownAt = performance.now()
      console.log(`  ${made} presentations after ${Math.round((shownAt - startedAt) / 1000)} s`)
    },
    onFailure: ({ number, disagreement: { kind, expected, got } }) =>
      console.log(`  history ${number}: ${kind}, "${expected}" but "${got}"`),
  })
  const seconds = (performance.now() - startedAt) / 1000
  console.log(renderTally(tally))
  if (values.verbose) {
    console.log(`\nChanges the server refused:\n${renderRefusedChanges(tally)}`)
    console.log(`\nWhere the time went:\n${renderTimings(target.client.timings)}`)
  }
  console.log(
    `\n${tally.presentations} presentations in ${tally.histories} histories with ${tally.operations - tally.presentations} changes between them, seed ${seed}, ` +
      `${seconds.toFixed(1)} s (${Math.round(tally.presentations / seconds)} a second); ` +
      `${tally.undetermined} left out because the documents leave them open ` +
      `(${((100 * tally.undetermined) / Math.max(1, tally.undetermined + tally.presentations)).toFixed(1)} %); ` +
      `${tally.failures.length} disagreements`,
  )
  for (const failure of tally.failures) await explain(target, failure, values['no-shrink'], perHistory)
  return tally.failures.length === 0 ? 0 : 1
}

/** Shrinks a failure, prints it, and says how to see it again. */
async function explain(target: Target, failure: Failure, asItIs: boolean, perHistory: number): Promise<void> {
  const { seed, number, history, disagreement } = failure
  const upTo = history.slice(0, disagreement.index + 1)
  const stillFails = async (candidate: History): Promise<boolean> => {
    const outcome = await execute(candidate, target)
    return outcome.disagreement?.kind === disagreement.kind
  }
  const small = asItIs ? upTo : await shrink(upTo, stillFails, { atOnce: SHRINK_AT_ONCE })
  const last = (await execute(small, target)).disagreement ?? disagreement
  const file = join(tmpdir(), `lockstitch-oracle-${seed}-${number}.json`)
  writeFileSync(file, `${JSON.stringify(small, null, 2)}\n`)
  console.log(`\nHistory ${number} of seed ${seed} (${upTo.length} operations, ${small.length} when shrunk)`)
  console.log(renderFailure({ ...failure, disagreement: last }, small))
  const length = perHistory === PER_HISTORY ? '' : ` --per-history ${perHistory}`
  console.log(`See it again:          npm run oracle -- --seed ${seed} --history ${number}${length}`)
  console.log(`The shrunk history:    npm run oracle -- --replay ${file}`)
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 2
  },
)
