// Builds the console (src/console) into dist/console: index.html and hashed files in assets/.
//
// `node scripts/build-console.mjs` builds it once, `… watch` again after each change, for a server that runs beside it.
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { newestMtimeMs } from './setup.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'dist/console')
const INPUTS = ['src/console', 'scripts/build-console.mjs', 'package-lock.json']

export function consoleIsStale() {
  const stamp = statSync(join(target, '.stamp'), { throwIfNoEntry: false })
  return !stamp || INPUTS.some((input) => newestMtimeMs(join(root, input)) > stamp.mtimeMs)
}

async function options(outDir) {
  const { default: react } = await import('@vitejs/plugin-react')
  return {
    configFile: false,
    root: join(root, 'src/console'),
    base: '/console/',
    mode: 'production',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // The content security policy allows no inline anything.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: true,
      reportCompressedSize: false,
      // What counts is the size on the wire: test/console/size.test.ts.
      chunkSizeWarningLimit: 1000,
    },
  }
}

/** Builds aside and swaps it in, so that a server or a second build beside it never sees half of one. */
export async function buildConsole() {
  const startedAt = new Date()
  const draft = `${target}.${process.pid}`
  await viteBuild(await options(draft))
  writeFileSync(join(draft, '.stamp'), '')
  // A file saved while the build runs must count as newer than the build.
  utimesSync(join(draft, '.stamp'), startedAt, startedAt)
  mkdirSync(dirname(target), { recursive: true })
  for (;;) {
    rmSync(target, { recursive: true, force: true })
    try {
      return renameSync(draft, target)
    } catch (error) {
      // Another build put its own there in between.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    }
  }
}

/** Vite takes NODE_ENV over its own mode, and under vitest that would be React's development build. */
async function viteBuild(config) {
  const { build } = await import('vite')
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    await build(config)
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

async function watch() {
  const config = await options(target)
  await viteBuild({ ...config, logLevel: 'info', build: { ...config.build, watch: {} } })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === 'watch') await watch()
  else await buildConsole()
}
