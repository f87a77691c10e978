/**
 * Nothing inside is ever called: hundreds of hostile URLs and answers, a real sink on every address of this machine,
 * and not one connection to it.
 */
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf, resolveHost, Sender, type Resolve } from '../../src/webhooks/send.ts'
import { startTestServer } from '../support/server.ts'
import { hostile, redirects, type Hostile } from './hostile-urls.ts'

const strict = { allowLoopback: false, allowedHosts: [] }
const sandbox = { allowLoopback: true, allowedHosts: [] }
const never = new AbortController().signal

let sink: Server
let port: number
let connections = 0

beforeAll(async () => {
  // On `::` with IPv4 along: loopback of both kinds, and whatever else this machine is called.
  sink = createServer((socket) => {
    connections++
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nreached'))
  })
  await new Promise<void>((resolve) => sink.listen(0, '::', resolve))
  port = (sink.address() as AddressInfo).port
})
afterAll(() => sink.close())

const filled = (text: string) => text.replaceAll('PORT', String(port))

/** The names of a case, answer after answer. */
function resolverOf({ answers }: Hostile): Resolve {
  if (answers === undefined) return resolveHost
  let nth = 0
  return (host) => {
    expect(host.toLowerCase()).toMatch(/^hooks\.attacker\.example\.?$/)
    const addresses = answers[Math.min(nth++, answers.length - 1)] ?? []
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
  }
}

test('the sink is there: on loopback of both kinds, a connection is counted', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const before = connections
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, host, () => {
        socket.end()
        resolve()
      })
      socket.on('error', reject)
    })
    await expect.poll(() => connections).toBe(before + 1)
  }
})

test('there are at least 200 cases, all different', () => {
  const all = new Set(hostile.map((one) => JSON.stringify(one)))
  expect(all.size).toBe(hostile.length)
  expect(all.size + redirects.length).toBeGreaterThanOrEqual(200)
  console.info(`${hostile.length} hostile URLs, ${redirects.length} answers that point inside`)
})

test('many of them do lead to the sink where loopback is allowed: they are no straw men', async () => {
  let reached = 0
  for (const one of hostile) {
    await using sender = new Sender({ timeoutMs: 300, resolve: resolverOf(one) })
    // Names as the machine has them may take long; the attacker's may lead outside.
    if (one.answers?.flat().some((address) => !/^(127\.|::1$|::ffff:)/.test(address)) === true) continue
    if (one.answers === undefined && !/127|::1|7f|localhost|ⓛ|ｌ|①|¹|0177|0x7f/i.test(one.url)) continue
    const before = connections
    await sender.post(filled(one.url), '{}', {}, sandbox, never)
    if (connections > before) reached++
  }
  console.info(`${reached} of them reach the sink when it may be called`)
  expect(reached).toBeGreaterThanOrEqual(40)
})

describe('outside a sandbox', () => {
  test.each(hostile)('$url $answers is never called', async (one) => {
    const before = connections
    const resolve = resolverOf(one)
    const refused = await refusalOf(filled(one.url), strict, resolve)
    await using sender = new Sender({ timeoutMs: 3000, resolve })
    const outcome = await sender.post(filled(one.url), '{}', {}, strict, never)
    expect(connections).toBe(before)
    expect(outcome.status_code).toBeNull()
    // Refused, not merely out of reach; a name that nobody knows is nobody's address.
    if (outcome.error !== null && !outcome.error.startsWith('not called: ')) {
      expect([outcome.error, refused]).toEqual([expect.stringMatching(/^the host name/), null])
    }
    if (one.answers === undefined || one.answers.length === 1)
      expect(refused === null).toBe(!outcome.error?.startsWith('not called: '))
  })

  test.each(redirects)('$status $headers $body leads nowhere', async ({ status, headers, body }) => {
    const before = connections
    let asked = 0
    const receiver = createHttpServer((_request, response) => {
      asked++
      response.writeHead(
        status,
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)])),
      )
      response.end(filled(body ?? ''))
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    await using sender = new Sender({
      timeoutMs: 3000,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    })
    const url = `http://allowed.example:${(receiver.address() as AddressInfo).port}/`
    const rules = { allowLoopback: false, allowedHosts: ['allowed.example'] }
    const outcome = await sender.post(url, '{}', {}, rules, never)
    receiver.close()
    expect(asked).toBe(1)
    expect(outcome.status_code).toBe(status)
    expect(outcome.error === null).toBe(status < 300)
    expect(connections).toBe(before)
  })
})

test('in a workspace that is no sandbox all are refused when the webhook is made, or when an event is to be sent', async () => {
  await using server = await startTestServer()
  const before = connections
  const pat = server.personalAccessToken
  const { body } = await server.post('/workspaces/create', { name: 'Hotel', is_sandbox: false }, pat)
  const { workspace_id } = body['workspace'] as { workspace_id: string }
  const post = (path: string, params: object) => server.post(path, params, pat, { 'seam-workspace': workspace_id })
  const urls = [...new Set(hostile.filter((one) => one.answers === undefined).map(({ url }) => filled(url)))]
  let refused = 0
  for (const url of urls) {
    const { status } = await post('/webhooks/create', { url })
    expect([200, 400]).toContain(status)
    if (status === 400) refused++
  }
  expect(urls.length - refused, 'names that nobody knows are let through, to be judged when called').toBeLessThan(10)
  // As if none had been refused then: the sender looks again.
  const kept = urls.filter((url) => !url.includes('\u0000'))
  for (const url of kept)
    await server.sql(
      `INSERT INTO webhook (workspace_id, webhook_id, url, event_types, secret_sealed, created_at)
       VALUES ($1, gen_random_uuid(), $2, '{*}', $3, now())`,
      [workspace_id, url, server.server.services.sealer.seal('whsec_c2VjcmV0')],
    )
  expect((await post('/spaces/create', { name: 'Lobby' })).status).toBe(200)
  expect(await server.server.services.settle(workspace_id, 20_000)).toEqual([])
  const tried = await server.sql<{ last_error: string }>(
    `SELECT last_error FROM webhook_delivery WHERE workspace_id = $1 AND attempt_count > 0`,
    [workspace_id],
  )
  expect(tried.length).toBeGreaterThanOrEqual(kept.length)
  expect(tried.filter(({ last_error }) => !/^not called: |^the host name/.test(last_error))).toEqual([])
  expect(connections).toBe(before)
}, 90_000)
