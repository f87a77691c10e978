// Builds the pages that the server hands out itself, from src/ into dist/: fast enough that every test run does it.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Every phone that still gets updates understands this. */
const TARGET = 'es2019'

async function bundleBrowser(entryPoints, outdir, define = {}) {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: TARGET,
    charset: 'utf8',
    define,
    logLevel: 'warning',
  })
}

function copyPublic(from, to) {
  mkdirSync(to, { recursive: true })
  const names = readdirSync(from)
  for (const name of names) cpSync(join(from, name), join(to, name))
  return names
}

/** The Instant Key page: one small script, and a service worker that names the files it keeps by their content. */
export async function buildInstantKey() {
  const target = join(root, 'dist/instant-key')
  const source = join(root, 'src/instant-key')
  const names = copyPublic(join(source, 'public'), target)
  await bundleBrowser({ app: 'src/instant-key/app.ts' }, target)
  const hash = createHash('sha256')
  for (const name of [...names, 'app.js'].sort()) hash.update(name).update(readFileSync(join(target, name)))
  const VERSION = JSON.stringify(hash.digest('hex').slice(0, 12))
  await bundleBrowser({ worker: 'src/instant-key/worker/worker.ts' }, target, { VERSION })
}

export async function buildPages() {
  await buildInstantKey()
}
