/** `/openapi.json` tells what this very server answers: the published operations, those it adds, and those it lacks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

interface Method {
  summary: string
  description: string
  operationId: string
  tags: string[]
  security: Record<string, unknown>[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
  'x-title': string
  'x-not-served'?: boolean
  'x-lockstitch'?: boolean
}
interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  type?: string
  nullable?: boolean
}
interface Document {
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Method>>
  components: { securitySchemes: Record<string, unknown> }
}

const published = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../contract/generated/openapi.json'), 'utf8'),
) as Document
const served = new Set(operations.map(({ path }) => path))

let server: TestServer
let document: Document

beforeAll(async () => {
  server = await startTestServer()
  const response = await fetch(`${server.url}/openapi.json`)
  document = (await response.json()) as Document
})
afterAll(() => server[Symbol.asyncDispose]())

const methods = (): Method[] => Object.values(document.paths).flatMap((item) => Object.values(item))

test('every published operation and every served one is in it, once', () => {
  expect(Object.keys(document.paths).sort()).toEqual([...new Set([...Object.keys(published.paths), ...served])].sort())
  const ids = methods().map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  // The reference draws what a POST takes from its body alone.
  expect(Object.values(document.paths).filter(({ post }) => post !== undefined && 'parameters' in post)).toEqual([])
})

test('what it says is not served is not, and nothing else', async () => {
  const marked = Object.entries(document.paths).filter(([, { post }]) => post?.['x-not-served'] === true)
  expect(marked.map(([path]) => path).sort()).toEqual(
    Object.keys(published.paths)
      .filter((path) => !served.has(path))
      .sort(),
  )
  expect(marked.length).toBeGreaterThan(10)
  for (const [path, { post }] of marked) {
    const { status, body } = await server.post(path)
    expect(status, path).toBe(501)
    expect(post?.description, path).toContain(`501 \`${body.error.type}\``)
  }
})

test('a published operation is as it was published, but for its group and that note', () => {
  for (const [path, item] of Object.entries(published.paths))
    for (const [name, method] of Object.entries(item)) {
      const shown = document.paths[path]?.[name]
      expect(shown, path).toMatchObject({ ...method, description: expect.any(String), tags: expect.any(Array) })
      expect(shown?.description, path).toContain(method.description)
    }
})

test('an operation of ours says what it does, what it takes and who may call it', () => {
  const ours = Object.entries(document.paths).filter(([path]) => !(path in published.paths))
  expect(ours.length).toBeGreaterThan(40)
  for (const [path, { post }] of ours) {
    expect(post?.['x-lockstitch'], path).toBe(true)
    expect(post?.description.length, path).toBeGreaterThan(
      'An addition of Lockstitch, outside the published API.'.length + 20,
    )
    expect(post?.['x-title'], path).not.toBe('')
    for (const scheme of post?.security ?? [])
      for (const name of Object.keys(scheme)) expect(document.components.securitySchemes, path).toHaveProperty(name)
  }
  const presentCard = document.paths['/sandbox/doors/present_card']?.['post']
  expect(presentCard?.requestBody?.content['application/json'].schema).toMatchObject({
    properties: { acs_entrance_id: { type: 'string' }, card_number: { type: 'string' } },
    required: ['acs_entrance_id'],
  })
  const deliveries = document.paths['/webhooks/deliveries/list']?.['post']
  expect(deliveries?.requestBody?.content['application/json'].schema.properties?.['page_cursor']).toEqual({
    type: 'string',
    nullable: true,
  })
})

test('every reference in it leads somewhere, every group is listed, and its server is this one', () => {
  expect(document.servers).toEqual([{ url: server.url }])
  const groups = new Set(methods().flatMap(({ tags }) => tags))
  expect(document.tags.map(({ name }) => name).sort()).toEqual([...groups].sort())
  const text = JSON.stringify(document)
  const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? ''))
  expect(references.size).toBeGreaterThan(10)
  for (const reference of references) {
    const found = reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
    expect(found, reference).toBeDefined()
  }
})

test('it is sent packed, and not again to whoever has it', async () => {
  const url = `${server.url}/openapi.json`
  const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(await packed.json()).toEqual(document)
  const again = await fetch(url, { headers: { 'if-none-match': packed.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})
