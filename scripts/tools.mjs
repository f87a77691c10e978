// Programs the tests run beside Node: the commands of the README as written, and a real browser for the pages.
import { spawnSync } from 'node:child_process'
import { SetupError } from './setup.mjs'

/** Program -> Debian package. */
const TOOLS = { curl: 'curl', jq: 'jq', chromium: 'chromium' }

const has = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0

/** Installs what is missing where that can be done without asking (root on Debian); says what to do elsewhere. */
export function ensureTools() {
  const missing = Object.keys(TOOLS).filter((name) => !has(name))
  if (missing.length === 0) return
  const packages = missing.map((name) => TOOLS[name])
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    throw new SetupError(
      `The tests need ${missing.join(', ')}. Install with your package manager, for example: sudo ${command}`,
    )
  }
  process.stdout.write(`Installing ${packages.join(', ')} for the tests ...\n`)
  const startedAt = performance.now()
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const line of ['apt-get update -qq', `${command} -qq`]) {
    const run = spawnSync('sh', ['-c', line], { env: environment, encoding: 'utf8' })
    if (run.status !== 0) throw new SetupError(`"${line}" failed: ${run.stderr.trim()}`)
  }
  process.stdout.write(`  done (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`)
}
