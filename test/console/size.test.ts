/** What the first load of the console costs on the wire: every script and style that its first page needs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { buildConsole, consoleIsStale } from '../../scripts/build-console.mjs'

const folder = join(import.meta.dirname, '../../dist/console')
const MOST_BYTES = 300_000

interface Chunk {
  file: string
  css?: string[]
  imports?: string[]
  isDynamicEntry?: boolean
}

beforeAll(async () => {
  if (consoleIsStale()) await buildConsole()
})

const manifest = (): Record<string, Chunk> =>
  JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>

/** The files of a chunk and of all it imports at once. */
function filesOf(chunks: Record<string, Chunk>, name: string, found = new Set<string>()): Set<string> {
  const chunk = chunks[name]
  if (chunk === undefined || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const file of chunk.css ?? []) found.add(file)
  for (const next of chunk.imports ?? []) filesOf(chunks, next, found)
  return found
}

const weigh = (files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)

test('the first load stays under 300 kB, with whichever page comes first', () => {
  const chunks = manifest()
  const shell = filesOf(chunks, 'index.html')
  expect(shell.size).toBeGreaterThan(1)
  const pages = Object.keys(chunks).filter((name) => chunks[name]?.isDynamicEntry === true)
  expect(pages.length).toBeGreaterThan(1)
  const weights = pages.map((page) => [page, weigh(new Set([...shell, ...filesOf(chunks, page)]))] as const)
  const heaviest = weights.reduce((most, each) => (each[1] > most[1] ? each : most))
  console.log(`shell ${String(weigh(shell))} bytes, with ${heaviest[0]} ${String(heaviest[1])}`)
  expect(heaviest[1], heaviest[0]).toBeLessThan(MOST_BYTES)
})

test('nothing in the page is inline, as the content security policy demands', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<style/)
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
  expect(html).not.toMatch(/\sstyle=/)
  expect(html).not.toMatch(/\son\w+=/)
})
