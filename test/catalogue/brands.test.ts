// No brand is tested outside its folder: what differs between makers is data in their definitions.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const SYSTEMS = 'src/systems/'

const folders = readdirSync(join(root, SYSTEMS), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit' && !entry.name.startsWith('_'))
  .map((entry) => entry.name)

/** `salto-space` -> a pattern that finds salto_space, saltoSpace, SaltoSpace, salto-space and Salto Space. */
function patternOf(folder: string): RegExp {
  return new RegExp(`(?<![a-z])${folder.split('-').join('[-_ ]?')}(?![a-z])`)
}

function isAbout(folder: string, text: string): boolean {
  return patternOf(folder).test(text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase())
}

interface Mention {
  text: string
  line: number
}

/** Identifiers and texts of a source file: comments may speak of whatever explains them. */
function wordsOf(path: string, source: string): Mention[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const words: Mention[] = []
  const visit = (node: ts.Node): void => {
    if (
      ts.isIdentifier(node) ||
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      words.push({ text: node.text, line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return words
}

/** Fields and codes of the published contract keep their names wherever they are read or written: `<file> <word>`. */
const WIRE_NAMES = new Set([
  // Phones carry one object for each maker's key store (schema `phone.properties`).
  'src/domain/phones/phone.ts assa_abloy_credential_service_metadata',
  'src/domain/phones/phone.ts salto_space_credential_service_metadata',
])

const contract = readFileSync(join(root, 'contract/generated/openapi.json'), 'utf8')

test(`nothing outside the ${folders.length} system folders knows a maker`, () => {
  const files = ['src', 'bench']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
  // The oracle's table of systems is left out: it is written from the specification, on purpose without a look at ours.
  const used = new Set<string>()
  const found: string[] = []
  for (const path of files) {
    const own = path.startsWith(SYSTEMS) ? path.slice(SYSTEMS.length).split('/')[0] : undefined
    if (path === `${SYSTEMS}registry.ts`) continue
    for (const { text, line } of wordsOf(path, readFileSync(join(root, path), 'utf8'))) {
      const brand = folders.find((folder) => folder !== own && isAbout(folder, text))
      if (brand === undefined) continue
      // A folder may say whose credential manager carries its keys: a word of the wire.
      if (own !== undefined && contract.includes(`"${text}"`)) continue
      // Public sources are quoted by their titles.
      if (own !== undefined && path.endsWith('definition.ts') && text.length > 40) continue
      const name = `${path} ${text}`
      if (WIRE_NAMES.has(name) && contract.includes(`"${text}"`)) used.add(name)
      else found.push(`${path}:${line} ${text} (${brand})`)
    }
  }
  expect(found).toEqual([])
  expect([...WIRE_NAMES].filter((name) => !used.has(name))).toEqual([])
  // What the loop looked at, so that it cannot pass by looking at nothing.
  expect(folders.length).toBeGreaterThanOrEqual(15)
  expect(files.length).toBeGreaterThan(250)
})

test('a planted brand is found in each form that code could spell it', () => {
  const planted =
    "const a = system.provider === 'salto_ks'; const isSaltoKs = b; const c = `${d}salto-ks`; // salto_ks in a comment"
  const found = wordsOf('planted.ts', planted).filter(({ text }) => isAbout('salto-ks', text))
  expect(found.map(({ text }) => text)).toEqual(['salto_ks', 'isSaltoKs', 'salto-ks'])
  expect(isAbout('latch', 'a latched door')).toBe(false)
})
