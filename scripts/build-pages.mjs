// Builds the pages that the server hands out itself, from src/ into dist/: fast enough that every test run does it.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

/**
 * Languages of the walk-throughs in the order of the switch: how the SDK is installed, and how far the samples are
 * tried (test/docs). C# and Java are spelt as the public documents spell them.
 */
const SDKS = {
  javascript: {
    label: 'JavaScript',
    extension: 'js',
    install: 'npm install seam',
    tried: 'Run from this page in every test run.',
  },
  python: {
    label: 'Python',
    extension: 'py',
    install: 'pip install seam',
    tried: 'Checked call by call against this server; not run in its tests.',
  },
  ruby: {
    label: 'Ruby',
    extension: 'rb',
    install: 'gem install seam',
    tried: 'Checked call by call against this server; not run in its tests.',
  },
  php: {
    label: 'PHP',
    extension: 'php',
    install: 'composer require seamapi/seam',
    tried: 'Checked call by call against this server; not run in its tests.',
  },
  csharp: {
    label: 'C#',
    extension: 'cs',
    install: 'dotnet add package Seam',
    tried:
      'Spelt as in the public documents, checked call by call, not run. Releases of the package name some classes otherwise, such as AccessGrants.CreateRequestRequestedAccessMethods.',
  },
  java: {
    label: 'Java',
    extension: 'java',
    install: "implementation 'io.github.seamapi:java:0.3.0'",
    tried:
      'Spelt as in the public documents, checked call by call, not run. The last release of the package, 0.3.0, has no access grants: with it, send what cURL sends.',
  },
  curl: {
    label: 'cURL',
    extension: 'sh',
    install: 'apt-get install curl jq',
    tried: 'Run from this page in every test run.',
  },
}

const escapeHtml = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
const block = (code) => `<pre tabindex="0"><code>${escapeHtml(code)}</code></pre>`

/** The steps of a walk-through, by name: a line `// @step name` begins each. What stands before the first belongs to it. */
export function stepsOf(source) {
  const [before = '', ...rest] = source.split(/^(?:\/\/|#) @step ([\w-]+)\n/m)
  const steps = new Map()
  for (let i = 0; i < rest.length; i += 2) steps.set(rest[i], ((i === 0 ? before : '') + rest[i + 1]).trimEnd())
  return steps
}

/** `<!-- sample: key-cards/grant -->` becomes one block a language, from src/docs-pages/samples/key-cards.*. */
function withSamples(html, folder) {
  const used = new Map()
  const filled = html.replace(/<!-- sample: ([\w-]+)\/([\w-]+) -->/g, (_, walk, step) => {
    used.set(walk, [...(used.get(walk) ?? []), step])
    return Object.entries(SDKS)
      .map(([sdk, { label, extension }]) => {
        const code = stepsOf(readFileSync(join(folder, `${walk}.${extension}`), 'utf8')).get(step)
        if (code === undefined) throw new Error(`samples/${walk}.${extension} has no step ${step}`)
        return `<figure class="sample" data-walk="${walk}" data-step="${step}" data-sdk="${sdk}"><figcaption>${label}</figcaption>${block(code)}</figure>`
      })
      .join('\n')
  })
  for (const [walk, steps] of used)
    for (const { extension } of Object.values(SDKS)) {
      const there = [...stepsOf(readFileSync(join(folder, `${walk}.${extension}`), 'utf8')).keys()]
      if (there.join() !== steps.join())
        throw new Error(
          `samples/${walk}.${extension} has the steps ${there.join()}, and the page shows ${steps.join()}`,
        )
    }
  return filled.replace('<!-- install -->', () =>
    Object.entries(SDKS)
      .map(
        ([sdk, { label, install, tried }]) =>
          `<figure class="sample" data-sdk="${sdk}"><figcaption>${escapeHtml(label)}</figcaption>${block(install)}<p class="note">${escapeHtml(tried)}</p></figure>`,
      )
      .join('\n'),
  )
}

/** The comment before each operation, by its path: what /openapi.json says of those the published contract lacks. */
function operationComments(folder) {
  const found = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    const source = readFileSync(join(folder, name), 'utf8')
    const pattern =
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+(?:: Operation)? = \w+(?:<[^(]*>)?\(\{?\s*(?:path: )?'([^']+)'/g
    for (const [, comment, path] of source.matchAll(pattern))
      found[path] = comment
        .replace(/^\s*\* ?/gm, '')
        .replace(/\{@link (\w+)\}/g, '$1')
        // Chapters that lie outside the repository tell a reader of the API nothing.
        .replace(/ \((?:core|access-systems)\.md [^)]*\)/g, '')
        .trim()
  }
  return found
}

/** The API reference and the first steps; Swagger UI is copied as it is published. */
export async function buildDocs() {
  const target = join(root, 'dist/docs')
  const source = join(root, 'src/docs-pages')
  copyPublic(join(source, 'public'), target)
  const library = join(root, 'node_modules/swagger-ui-dist')
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) cpSync(join(library, name), join(target, name))
  const firstSteps = readFileSync(join(source, 'public/first-steps.html'), 'utf8')
  writeFileSync(join(target, 'first-steps.html'), withSamples(firstSteps, join(source, 'samples')))
  writeFileSync(join(target, 'operations.json'), JSON.stringify(operationComments(join(root, 'src/api'))))
  await bundleBrowser(
    { reference: 'src/docs-pages/reference.ts', 'first-steps': 'src/docs-pages/first-steps.ts' },
    target,
  )
}

export async function buildPages() {
  await Promise.all([buildInstantKey(), buildDocs()])
}
