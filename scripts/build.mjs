// Builds dist/ from src/: one bundle per entry point, our own files inside, packages left in node_modules.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildConsole, consoleIsStale } from './build-console.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')

const ENTRY_POINTS = {
  main: 'src/main.ts',
  demo: 'src/demo/main.ts',
  bench: 'bench/main.ts',
  oracle: 'oracle/main.ts',
  storm: 'storm/main.ts',
  load: 'load/main.ts',
  cli: 'src/cli/main.ts',
}

const ASSETS = [
  { from: 'src/store/migrations', to: 'migrations', endsWith: '.sql' },
  { from: 'src/connect/public', to: 'connect' },
]

export async function build() {
  // A file saved while the build runs must count as newer than the build.
  const startedAt = new Date()
  const { build: bundle } = await import('esbuild')
  const { buildPages } = await import('./build-pages.mjs')
  const { buildContract, contractIsFresh } = await import('./build-contract.mjs')
  if (!contractIsFresh()) await buildContract()

  const entryPoints = Object.fromEntries(
    Object.entries(ENTRY_POINTS).filter(([, file]) => existsSync(join(root, file))),
  )
  // The browser's code takes the longest and changes the least: it is built only when it has changed.
  if (consoleIsStale()) await buildConsole()
  await bundle({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    splitting: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  })
  for (const { from, to, endsWith = '' } of ASSETS) {
    const source = join(root, from)
    const target = join(dist, to)
    rmSync(target, { recursive: true, force: true })
    if (!existsSync(source)) continue
    mkdirSync(target, { recursive: true })
    for (const name of readdirSync(source).filter((name) => name.endsWith(endsWith))) {
      cpSync(join(source, name), join(target, name), { recursive: true })
    }
  }
  await buildPages()
  mkdirSync(dist, { recursive: true })
  const stamp = join(dist, '.stamp')
  writeFileSync(stamp, Object.keys(entryPoints).join(' ') + '\n')
  utimesSync(stamp, startedAt, startedAt)
  return Object.keys(entryPoints)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(`dist: ${(await build()).join(', ') || 'no entry point exists yet'}`)
}
