/** `npm run load`: many at once, and more than the machine can do (docs/load.md). */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderOverload } from './overload/report.ts'
import { runOverload } from './overload/run.ts'
import { serveTask } from './pins/process.ts'
import { isClean, renderPins } from './pins/report.ts'
import { runPins } from './pins/run.ts'

const USAGE = `npm run load -- pins [--allocations N] [--minutes M] [--processes P] [--callers C] [--doors D] [--seed S] [--without-constraint]
npm run load -- overload [--grants N] [--reads N] [--seconds S] [--seed S]`

const here = dirname(fileURLToPath(import.meta.url))

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      allocations: { type: 'string', default: '1000000' },
      minutes: { type: 'string' },
      processes: { type: 'string', default: '2' },
      callers: { type: 'string', default: '8' },
      doors: { type: 'string', default: '4' },
      seed: { type: 'string', default: '1' },
      grants: { type: 'string', default: '1000' },
      reads: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '60' },
      'without-constraint': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (positionals[0] === 'pins' && !values.help) {
    let told = 0
    const outcome = await runPins({
      ...{ script: join(here, 'load.js'), migrations: join(here, 'migrations') },
      allocations: Number(values.allocations),
      minutes: values.minutes === undefined ? null : Number(values.minutes),
      ...{ processes: Number(values.processes), callers: Number(values.callers), doors: Number(values.doors) },
      seed: Number(values.seed),
      isWithoutConstraint: values['without-constraint'],
      onProgress(allocations) {
        if (allocations - told < 50_000) return
        told = allocations
        console.log(`${new Date().toISOString()}  ${allocations}`)
      },
    })
    console.log(renderPins(outcome))
    return isClean(outcome) ? 0 : 1
  }
  if (positionals[0] === 'overload' && !values.help) {
    const outcome = await runOverload({
      script: join(here, 'main.js'),
      ...{ grantsPerSecond: Number(values.grants), readsPerSecond: Number(values.reads) },
      ...{ seconds: Number(values.seconds), seed: Number(values.seed) },
    })
    console.log(renderOverload(outcome))
    return outcome.violations.length === 0 ? 0 : 1
  }
  console.log(USAGE)
  return values.help ? 0 : 2
}

if (process.argv[2] === 'pins-process') serveTask()
else
  main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      console.error(error)
      process.exitCode = 2
    },
  )
