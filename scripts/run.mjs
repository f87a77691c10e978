// npm start, npm run demo, npm run bench, npm run oracle, npm run storm, npm run load, npm run lockstitch and npm test: each works on a fresh clone with nothing but Node and npm.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, nodeVersionProblem, root, SetupError } from './setup.mjs'

const ENTRIES = {
  start: 'main.js',
  demo: 'demo.js',
  bench: 'bench.js',
  oracle: 'oracle.js',
  storm: 'storm.js',
  load: 'load.js',
  lockstitch: 'cli.js',
}

async function run(command, args) {
  const problem = nodeVersionProblem()
  if (problem) throw new SetupError(problem)
  if (command !== 'test' && !Object.hasOwn(ENTRIES, command)) {
    throw new SetupError('Usage: node scripts/run.mjs start|demo|bench|oracle|storm|load|lockstitch|test [arguments]')
  }
  await ensureInstalled()
  if (command === 'test') {
    const { test } = await import('./test.mjs')
    process.exitCode = await test(args)
    return
  }
  await ensureBuilt()
  const entry = join(root, 'dist', ENTRIES[command])
  if (!existsSync(entry)) throw new SetupError(`There is nothing to run for "${command}" yet: ${entry} was not built.`)
  // Same process: signals, standard streams and the exit code are the program's own, and no second Node has to start.
  process.argv = [process.argv[0], entry, ...args]
  await import(pathToFileURL(entry).href)
}

try {
  await run(process.argv[2], process.argv.slice(3))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
