// Imports point one way (the table below is the rule). Types count too: whoever needs a layer's type knows that layer.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Small modules of shared vocabulary that every layer may import; they import one another alone. */
const SHARED = ['clock', 'ids', 'config', 'log', 'metrics', 'system-clock', 'trace']

/** Where everything is put together. Nothing but another of these imports them. */
const COMPOSITION = ['main', 'server', 'demo', 'cli']

/**
 * layer -> the layers it may import besides itself and SHARED. A layer is a folder of src/, where `systems` is four:
 * the kit, the registry, and each driver's folder on its own. `contract` is the generated description.
 */
const MAY_IMPORT: Record<string, string[]> = {
  domain: ['systems/kit', 'contract'],
  'systems/kit': [],
  'systems/*': ['systems/kit'],
  'systems/registry': ['systems/*', 'systems/kit'],
  store: ['domain', 'systems/kit', 'contract'],
  events: ['domain', 'store', 'contract'],
  webhooks: ['domain', 'store', 'events', 'provisioning', 'contract'],
  provisioning: ['domain', 'store', 'events', 'systems/kit'],
  sandbox: ['domain', 'store', 'systems/kit', 'systems/registry', 'provisioning'],
  connect: ['domain', 'store', 'provisioning', 'systems/kit'],
  api: ['domain', 'store', 'events', 'provisioning', 'systems/kit', 'sandbox', 'webhooks', 'connect', 'contract'],
  management: ['store'],
  'instant-key': [],
  'docs-pages': [],
  console: [],
}

/** Browser code cannot load what the server shares. */
const WITHOUT_SHARED = ['instant-key', 'console', 'docs-pages']

interface SourceFile {
  /** Relative to the repository, with forward slashes: `src/api/errors.ts`. */
  path: string
  text: string
}

interface Import {
  from: string
  to: string
}

/** `src/systems/visionline/driver.ts` -> `systems/visionline`; `src/store/sql.ts` -> `store`; `src/clock.ts` -> `clock`. */
function placeOf(path: string): string {
  const parts = path
    .replace(/^src\//, '')
    .replace(/\.[cm]?[jt]sx?$/, '')
    .split('/')
  if (!path.startsWith('src/')) return parts[0] ?? ''
  return parts[0] === 'systems' ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

/** The rule a place falls under: drivers share one. */
function layerOf(place: string): string {
  return place.startsWith('systems/') && !(place in MAY_IMPORT) ? 'systems/*' : place
}

function ownImports(files: SourceFile[]): Import[] {
  return files.flatMap(({ path, text }) =>
    ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => ({ from: path, to: posix.join(posix.dirname(path), fileName) })),
  )
}

function violation({ from, to }: Import): string | null {
  const [source, target] = [placeOf(from), placeOf(to)]
  if (source === target || COMPOSITION.includes(source)) return null
  const refuse = (reason: string) => `${from} imports ${to}: ${reason}`
  if (COMPOSITION.includes(target)) return refuse('only the composition may import the composition')
  if (SHARED.includes(source))
    return SHARED.includes(target) ? null : refuse('a shared module imports shared modules alone')
  const allowed = MAY_IMPORT[layerOf(source)]
  if (!allowed) return refuse(`"${source}" has no rule in test/imports.test.ts`)
  if (SHARED.includes(target)) return WITHOUT_SHARED.includes(source) ? refuse('browser code stands alone') : null
  if (layerOf(source) === 'systems/*' && layerOf(target) === 'systems/*')
    return refuse('a driver knows no other driver')
  if (allowed.includes(layerOf(target))) return null
  return refuse(`${source} may import ${allowed.join(', ') || 'nothing of ours'}`)
}

/** A chain of places that leads back to its start, or null. */
function findCycle(imports: Import[]): string[] | null {
  const next = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const [source, target] = [placeOf(from), placeOf(to)]
    if (source !== target) next.set(source, (next.get(source) ?? new Set()).add(target))
  }
  const finished = new Set<string>()
  const visit = (place: string, trail: string[]): string[] | null => {
    if (trail.includes(place)) return [...trail.slice(trail.indexOf(place)), place]
    if (finished.has(place)) return null
    for (const target of next.get(place) ?? []) {
      const cycle = visit(target, [...trail, place])
      if (cycle) return cycle
    }
    finished.add(place)
    return null
  }
  for (const place of next.keys()) {
    const cycle = visit(place, [])
    if (cycle) return cycle
  }
  return null
}

/** Tests stand beside what they test and may reach for anything: they are not part of what is built. */
function readSources(): SourceFile[] {
  return readTypeScript('src')
}

function readTypeScript(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

describe('imports point one way', () => {
  const files = readSources()
  const imports = ownImports(files)

  test('every import in src follows the rules', () => {
    const perLayer = new Map<string, number>()
    for (const { path } of files) {
      const layer = layerOf(placeOf(path))
      perLayer.set(layer, (perLayer.get(layer) ?? 0) + 1)
    }
    const counts = [...perLayer].map(([layer, count]) => `${layer} ${count}`).join(', ')
    console.log(`looked at ${files.length} files with ${imports.length} imports of our own: ${counts}`)
    expect(imports.map(violation).filter(Boolean)).toEqual([])
  })

  test('each folder of src was looked at, and each has a rule', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const withSources = folders.filter(({ name }) =>
      readdirSync(join(root, 'src', name), { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.ts')),
    )
    expect(withSources.length).toBeGreaterThan(0)
    for (const { name } of withSources) {
      const inside = files.filter(({ path }) => path.startsWith(`src/${name}/`))
      expect(inside.length, `files looked at in src/${name}`).toBeGreaterThanOrEqual(1)
      for (const { path } of inside) {
        const place = placeOf(path)
        expect([...Object.keys(MAY_IMPORT), ...COMPOSITION, ...SHARED], `the rule for ${path}`).toContain(
          layerOf(place),
        )
      }
    }
  })

  test('no folders import one another in a circle', () => {
    expect(findCycle(imports)).toBeNull()
  })

  test('the rules themselves allow no circle', () => {
    const allowed = Object.entries(MAY_IMPORT).flatMap(([from, targets]) =>
      targets.map((to) => ({ from: `src/${from}/a.ts`, to: `src/${to}/a.ts` })),
    )
    expect(findCycle(allowed)).toBeNull()
  })
})

describe('the oracle stands alone', () => {
  // It judges the server by the documents: whoever shares the server's rules shares its mistakes.
  const oracleViolation = ({ from, to }: Import): string | null => {
    if (to.startsWith('oracle/model/')) return null
    if (from.startsWith('oracle/model/')) return `${from} imports ${to}: the model imports the model alone`
    return to.startsWith('oracle/') ? null : `${from} imports ${to}: the oracle reaches the server over HTTP`
  }

  test('every import in oracle follows the rule', () => {
    const files = readTypeScript('oracle')
    expect(files.filter(({ path }) => path.startsWith('oracle/model/')).length).toBeGreaterThan(2)
    expect(ownImports(files).map(oracleViolation).filter(Boolean)).toEqual([])
  })

  test.each([
    ['oracle/model/world.ts', "import { planStay } from '../../src/domain/credentials/stay.ts'"],
    ['oracle/model/world.ts', "import { execute } from '../history/execute.ts'"],
    ['oracle/history/execute.ts', "import { drivers } from '../../src/systems/registry.ts'"],
    ['oracle/main.ts', "import { Store } from '../src/store/store.ts'"],
  ])('%s with %s is refused', (path, text) => {
    expect(ownImports([{ path, text }]).map(oracleViolation)).toEqual([expect.stringContaining(path)])
  })
})

describe('the storm stands outside', () => {
  // It judges by answers, tables and messages; of the server it uses the binaries of PostgreSQL alone.
  const stormViolation = ({ from, to }: Import): string | null =>
    to.startsWith('storm/') || to.startsWith('src/store/embedded/') ? null : `${from} imports ${to}`

  test('every import in storm follows the rule', () => {
    const files = readTypeScript('storm')
    expect(files.length).toBeGreaterThan(5)
    expect(ownImports(files).map(stormViolation).filter(Boolean)).toEqual([])
  })

  test('what the server decides is refused', () => {
    const imports = ownImports([{ path: 'storm/auditor.ts', text: "import { planStay } from '../src/domain/stay.ts'" }])
    expect(imports.map(stormViolation)).toEqual([expect.stringContaining('storm/auditor.ts')])
  })
})

describe('the check finds what it should', () => {
  const check = (path: string, text: string) => ownImports([{ path, text }]).map(violation)

  test.each([
    ['src/domain/plan.ts', "import { query } from '../store/sql.ts'"],
    ['src/domain/plan.ts', "import type { Row } from '../store/sql.ts'"],
    ['src/domain/plan.ts', "export * from '../api/errors.ts'"],
    ['src/store/grants.ts', "const api = await import('../api/errors.ts')"],
    ['src/store/grants.ts', "type Handler = import('../api/route.ts').Handler"],
    ['src/systems/kit/driver.ts', "import type { Grant } from '../../domain/grant.ts'"],
    ['src/systems/visionline/driver.ts', "import { Card } from '../salto-space/card.ts'"],
    ['src/systems/visionline/driver.ts', "import { registry } from '../registry.ts'"],
    ['src/provisioning/reconcile.ts', "import { registry } from '../systems/registry.ts'"],
    ['src/api/route.ts', "import { startServer } from '../server.ts'"],
    ['src/instant-key/page.ts', "import { clock } from '../clock.ts'"],
    ['src/console/api/client.ts', "import type { Row } from '../../store/rows.ts'"],
    ['src/console/main.tsx', "import { clock } from '../clock.ts'"],
    ['src/clock.ts', "import { row } from './store/sql.ts'"],
    ['src/newfolder/thing.ts', "import { row } from '../store/sql.ts'"],
  ])('%s with %s is refused', (path, text) => {
    expect(check(path, text)).toEqual([expect.stringContaining(path)])
  })

  test.each([
    ['src/domain/plan.ts', "import type { Clock } from '../clock.ts'"],
    ['src/systems/visionline/virtual/lock.ts', "import type { Driver } from '../../kit/driver.ts'"],
    ['src/systems/visionline/virtual/lock.ts', "import { encode } from '../mapping.ts'"],
    ['src/systems/registry.ts', "import { visionline } from './visionline/driver.ts'"],
    ['src/api/acs/encoders/list.ts', "import { encoders } from '../../../store/encoders.ts'"],
    ['src/api/contract.ts', "import operations from '../../contract/generated/operations.json' with { type: 'json' }"],
    ['src/server.ts', "import { registry } from './systems/registry.ts'"],
    ['src/store/sql.ts', "// import { x } from '../api/errors.ts'\nconst text = \"import '../api/errors.ts'\""],
  ])('%s with %s is allowed', (path, text) => {
    expect(check(path, text).filter(Boolean)).toEqual([])
  })

  test('a circle is named', () => {
    const imports = ownImports([
      { path: 'src/store/a.ts', text: "import '../events/b.ts'" },
      { path: 'src/events/b.ts', text: "import '../webhooks/c.ts'" },
      { path: 'src/webhooks/c.ts', text: "import '../store/a.ts'" },
    ])
    expect(findCycle(imports)).toEqual(['store', 'events', 'webhooks', 'store'])
  })
})
