// A server process for the tests: opens the database, says so, and does what its standard input says.
import { createInterface } from 'node:readline'
import { openEmbeddedDatabase } from './index.ts'

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const dataDir = process.argv[2] ?? ''

try {
  const database = await openEmbeddedDatabase({
    dataDir,
    log,
    onProgress: (progress) => say({ progress }),
    onCrash: () => say({ crashed: true }),
  })
  say({ open: { pid: database.pid, ownedByUs: database.ownedByUs, connectionString: database.connectionString } })
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'stop') void database.stop().then(() => process.exit(0))
    if (line === 'exit') process.exit(0)
  })
} catch (error) {
  say({ failed: String(error) })
  process.exit(1)
}
