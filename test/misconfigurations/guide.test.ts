/** The operators' guide is current, and leaves no code out that the source can show. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import prettier from 'prettier'
import { expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { allCodes, codeOf, codesAt, familyOf, guide } from './guide.ts'

const root = join(import.meta.dirname, '../..')
const page = join(root, 'docs/guide/when-something-is-wrong.md')

test('docs/guide/when-something-is-wrong.md is current', async () => {
  const wanted = await prettier.format(guide(), { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' })
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(page, wanted)
  expect(
    existsSync(page) ? readFileSync(page, 'utf8') : '',
    'Write it anew with: UPDATE_DOCS=1 npm test -- test/misconfigurations/guide.test.ts',
  ).toBe(wanted)
})

test('every row of the catalogue is found in the guide', () => {
  const missing = catalogue.filter((row) => !codesAt(row.then.at).has(codeOf(row)))
  expect(missing.map((row) => [row.name, codeOf(row)])).toEqual([])
})

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sources(path)
    return name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'testing.ts'
      ? [readFileSync(path, 'utf8')]
      : []
  })
}

const src = sources(join(root, 'src')).join('\n')

/** Every text that a pattern with one group finds. */
function found(pattern: RegExp): string[] {
  return [...src.matchAll(pattern)].map((match) => match[1] ?? '')
}

test('every code that the source can show stands in the guide', () => {
  const constants = new Map(
    [...src.matchAll(/const ([A-Z_]+) = '([a-z_]+)'/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
  const named = found(/\b(?:error|warning)_code: ([A-Z_]+)\b/g).flatMap((name) => constants.get(name) ?? [])
  const codes = [
    ...named,
    ...found(/\b(?:error|warning)_code(?: =|:) '([a-z_]+)'/g),
    ...found(/new ApiError\(\s*\d+,\s*'([a-z_]+)'/g),
    ...found(/badRequest\(\s*'([a-z_]+)'/g),
    ...found(/unauthorized\([^)]*, '([a-z_]+)'\)/g),
    ...found(/fail\(\s*4\d\d,\s*'([a-z_]+)'/g),
    ...found(/alreadyExists\(\s*'([a-z_]+)'/g).map((thing) => `${thing}_already_exists`),
    ...found(/notFound\(\s*'([a-z_]+)'/g).map((thing) => `${thing}_not_found`),
    ...found(/new EncoderError\(\s*'([a-z_]+)'/g),
    ...found(/new SystemError\([^;]*?code: '([a-z_]+)'/g),
    ...found(/status: 'error', type: '([a-z_]+)'/g),
  ].map(familyOf)
  expect(new Set(codes).size).toBeGreaterThan(70)
  const known = allCodes()
  expect([...new Set(codes)].filter((code) => !known.has(code)).sort()).toEqual([])
})

test('the guide tells of no code that the source has not', () => {
  const unknown = [...allCodes()].filter((code) => {
    if (code.startsWith('<')) return false
    // Made of parts: failed_to_create_on_acs_system.
    const parts = /^failed_to_(create|update|delete)_on_acs_system$/.exec(code)
    return parts === null && !src.includes(`'${code}'`) && !src.includes(`${code}:`)
  })
  expect(unknown).toEqual([])
})
