/**
 * `npm run bench`: the figures of docs/performance.md. Ratios are taken interleaved in one run, so that they hold on a
 * machine whose speed drifts. Prints the command line that repeats it.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { serveFake } from './fake.ts'
import { measureCheckIn } from './figures/check-in.ts'
import { measureEncode } from './figures/encode.ts'
import { measureIssued } from './figures/issued.ts'
import { measureListPages } from './figures/list-pages.ts'
import { measureMemory, measureStart } from './figures/start.ts'
import { measureThroughput, type Rounds } from './figures/throughput.ts'
import { serveHello } from './processes.ts'
import type { BenchPaths } from './server.ts'

const FIGURES: Record<string, (paths: BenchPaths, rounds: Rounds) => Promise<void>> = {
  throughput: measureThroughput,
  pages: measureListPages,
  issued: measureIssued,
  encode: measureEncode,
  'check-in': measureCheckIn,
  start: measureStart,
  memory: measureMemory,
}
const USAGE = `npm run bench -- [--only ${Object.keys(FIGURES).join(',')}] [--rounds N] [--seconds S]`

const here = dirname(fileURLToPath(import.meta.url))

if (process.argv[2] === 'hello') await serveHello()
else if (process.argv[2] === 'fake') await serveFake(process.argv[3] ?? '')
else process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(FIGURES).join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    },
  })
  const wanted = values.only.split(',')
  if (values.help || wanted.some((name) => FIGURES[name] === undefined)) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const rounds: Rounds = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-bench-'))
  chmodSync(folder, 0o755)
  const paths: BenchPaths = {
    ...{ server: join(here, 'main.js'), bench: join(here, 'bench.js'), folder },
    run: join(here, '../scripts/run.mjs'),
  }
  console.log(
    `Lockstitch bench: ${rounds.rounds} rounds of ${rounds.seconds} s, ${cpus().length} cores, Node ${process.version}`,
  )
  console.log(
    `Repeat with: npm run bench -- --only ${values.only} --rounds ${values.rounds} --seconds ${values.seconds}\n`,
  )
  try {
    // Each on a data folder of its own: none has to wait for what another left behind.
    for (const name of wanted) await FIGURES[name]?.(paths, rounds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return 0
}
