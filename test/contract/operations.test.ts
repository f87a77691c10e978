/** Every operation of the contract answers on every verb it lists and on no other; what is not served yet says so (core.md 1.1). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { served } from './coverage.ts'
import { expectError, notSupported, published, send } from './support.ts'

const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Those that would wipe what others need come last. */
const paths = [...published.keys()].sort(
  (a, b) => Number(a.endsWith('reset_sandbox')) - Number(b.endsWith('reset_sandbox')),
)
const servedPaths = paths.filter((path) => served.has(path))
const unservedPaths = paths.filter((path) => !served.has(path))

test('every operation takes POST', () => {
  expect(paths.filter((path) => !published.get(path)?.methods.includes('POST'))).toEqual([])
})

describe('served', () => {
  test.each(servedPaths)('%s', async (path) => {
    const methods = published.get(path)?.methods ?? []
    for (const method of VERBS) {
      const reply = await send(server, path, { method })
      const told = `${method} ${path}: ${reply.status} ${reply.text}`
      if (!methods.includes(method)) {
        expectError(reply, 405, 'method_not_allowed')
        expect(reply.body['error'].message).toBe(`only ${methods.join(',')} accepted`)
      } else if (reply.status === 200) expect(reply.body['ok'], told).toBe(true)
      // Without parameters: what is wrong is said of the parameters, of the workspace or of who calls.
      else
        expectError(
          reply,
          reply.status,
          /^(invalid_input|invalid_options|validation_error|unauthorized|[a-z_]+_not_found|workspace_not_sandbox)$/,
        )
      expect([405, 500, 501], told).not.toContain(methods.includes(method) ? reply.status : 0)
    }
  })
})

describe('not served', () => {
  test.each(unservedPaths)('%s', async (path) => {
    const methods = published.get(path)?.methods ?? []
    for (const method of VERBS) {
      const reply = await send(server, path, { method })
      if (!methods.includes(method)) {
        expectError(reply, 405, 'method_not_allowed')
        expect(reply.body['error'].message).toBe(`only ${methods.join(',')} accepted`)
      } else {
        expectError(reply, 501, notSupported.has(path) ? 'not_supported' : 'not_implemented')
        expect(reply.body['error'].message).toContain(path)
        expect(reply.body['error'].data).toEqual({ operation: path })
      }
    }
  })
})
