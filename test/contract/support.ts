/** What the contract tests share: raw requests, and the published operations. */
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Reply, TestServer } from '../support/server.ts'

export const root = join(import.meta.dirname, '../..')

/** A JSON Schema of the generated contract, as far as the tests look into it. */
export interface Schema {
  type?: string | string[]
  format?: string
  enum?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
  minItems?: number
  minimum?: number
}

export interface PublishedOperation {
  methods: string[]
  security: string[]
  response_key: string | null
  request: Schema | null
  paginated: boolean
  documented: boolean
}

const generated = (file: string): unknown => JSON.parse(readFileSync(join(root, 'contract/generated', file), 'utf8'))

/** The operations of the contract by path. */
export const published = new Map(Object.entries(generated('operations.json') as Record<string, PublishedOperation>))

/** Documented operations outside Lockstitch's scope. */
export const notSupported = new Set(generated('not_supported.json') as string[])

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** An id that nothing has. */
export const UNKNOWN = '00000000-0000-4000-8000-000000000000'

export interface RawRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export interface RawReply extends Reply {
  text: string
}

/** A request as it goes over the wire: nothing is added but the key (unless `authorization` is given, '' = none). */
export function send(
  server: TestServer,
  path: string,
  { method = 'POST', headers = {}, body }: RawRequest = {},
): Promise<RawReply> {
  const { authorization = `Bearer ${server.apiKey}`, ...others } = headers
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      server.url + path,
      {
        method,
        headers: {
          ...others,
          ...(authorization === '' ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const isJson = response.headers['content-type']?.startsWith('application/json') === true
          const all = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(all),
            text,
            body: isJson ? (JSON.parse(text) as Reply['body']) : {},
          })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Sends JSON. */
export function sendJson(server: TestServer, path: string, body: object, request: RawRequest = {}): Promise<RawReply> {
  return send(server, path, {
    ...request,
    headers: { 'content-type': 'application/json', ...request.headers },
    body: JSON.stringify(body),
  })
}

/** The answer is an error in the public shape, with this status and type. */
export function expectError(reply: Reply, status: number, type: string | RegExp): void {
  const told = `${reply.status} ${JSON.stringify(reply.body)}`
  expect(reply.status, told).toBe(status)
  expect(reply.headers.get('content-type')).toMatch(/^application\/json\b/)
  expect(Object.keys(reply.body).sort(), told).toEqual(['error', 'ok'])
  expect(reply.body['ok']).toBe(false)
  const { error } = reply.body as { error: Record<string, unknown> }
  expect(error['type'], told).toMatch(typeof type === 'string' ? new RegExp(`^${type}$`) : type)
  expect(error['message'], told).toBeTypeOf('string')
  expect(error['message']).not.toBe('')
  expect(error['request_id']).toMatch(UUID)
  expect(error['request_id']).toBe(reply.headers.get('seam-request-id'))
}
