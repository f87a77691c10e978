import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startReceiver } from '../../test/support/webhook-receiver.ts'
import { refusalOf, Sender, sharedLookups, type Resolve } from './send.ts'

const strict = { allowLoopback: false, allowedHosts: [] }
const sandbox = { allowLoopback: true, allowedHosts: [] }
const never = new AbortController().signal
const body = '{"event_type":"test"}'

const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

test('a 2xx answer is a success, and the body arrives as given', async () => {
  await using receiver = await startReceiver()
  await using sender = new Sender()
  receiver.next(204)
  expect(await sender.post(receiver.url, body, { 'svix-id': 'msg_1' }, sandbox, never)).toEqual({
    status_code: 204,
    error: null,
    body: '',
  })
  const [request] = receiver.received
  expect(request?.text).toBe(body)
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'svix-id': 'msg_1',
    'content-length': String(body.length),
  })
})

test.each([
  [500, 500, 'status 500'],
  [404, 404, 'status 404'],
  [304, 304, 'status 304: redirects are not followed'],
] as const)('%d is a failure', async (answer, status_code, error) => {
  await using receiver = await startReceiver()
  await using sender = new Sender()
  receiver.next(answer)
  expect(await sender.post(receiver.url, body, {}, sandbox, never)).toEqual({
    status_code,
    error,
    body: answer === 304 ? '' : '{"received":true}',
  })
})

test('a redirect is not followed', async () => {
  await using inside = await startReceiver()
  await using receiver = await startReceiver()
  await using sender = new Sender()
  receiver.next({ redirect: inside.url })
  const outcome = await sender.post(receiver.url, body, {}, sandbox, never)
  expect(outcome).toEqual({
    status_code: 302,
    error: 'status 302: redirects are not followed',
    body: '{"received":true}',
  })
  expect(inside.received).toEqual([])
})

test('a receiver that does not answer is given up in time', async () => {
  await using receiver = await startReceiver()
  await using sender = new Sender({ timeoutMs: 50 })
  receiver.next('hang')
  expect(await sender.post(receiver.url, body, {}, sandbox, never)).toEqual({
    status_code: null,
    error: 'no answer within 0.05 s',
    body: null,
  })
})

test('a receiver that is not there is a failure in words', async () => {
  const receiver = await startReceiver()
  await receiver.stop()
  await using sender = new Sender()
  expect(await sender.post(receiver.url, body, {}, sandbox, never)).toEqual({
    status_code: null,
    error: 'connection refused',
    body: null,
  })
})

test('a name is judged by its addresses when the connection is made', async () => {
  await using receiver = await startReceiver()
  await using sender = new Sender({ resolve: toLoopback })
  const url = `http://hooks.example.com:${receiver.port}/`
  const refused = await sender.post(url, body, {}, strict, never)
  expect(refused.status_code).toBeNull()
  expect(refused.error).toMatch(/^not called: hooks.example.com leads to 127.0.0.1, which is a loopback address/)
  expect(receiver.received).toEqual([])
  expect(await sender.post(url, body, {}, sandbox, never)).toMatchObject({ status_code: 200 })
  // The connection that was allowed there is not there for others.
  expect(await sender.post(url, body, {}, strict, never)).toMatchObject({ status_code: null })
  expect(
    await sender.post(url, body, {}, { allowLoopback: false, allowedHosts: ['hooks.example.com'] }, never),
  ).toMatchObject({ status_code: 200 })
})

test('one address inside is enough to refuse a name', async () => {
  await using receiver = await startReceiver()
  const mixed: Resolve = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]
  await using sender = new Sender({ resolve: mixed })
  expect((await sender.post(`http://hooks.example.com:${receiver.port}/`, body, {}, strict, never)).error).toMatch(
    /^not called/,
  )
})

test('the connection goes to the address that was checked, not to a later answer', async () => {
  await using receiver = await startReceiver()
  let lookups = 0
  const rebinding: Resolve = async () => {
    lookups++
    return [{ address: lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
  }
  await using sender = new Sender({ resolve: rebinding })
  expect(await sender.post(`http://hooks.example.com:${receiver.port}/`, body, {}, sandbox, never)).toMatchObject({
    status_code: 200,
  })
  expect(lookups).toBe(1)
})

test('an address is never looked up, and refused as written', async () => {
  await using sender = new Sender({ resolve: () => Promise.reject(new Error('must not be asked')) })
  expect((await sender.post('http://2130706433:1/', body, {}, strict, never)).error).toMatch(
    /^not called: 127.0.0.1 is a loopback address/,
  )
})

test('a kept connection that the receiver has closed does not count against it', async () => {
  await using sender = new Sender()
  let connections = 0
  // Answers the first request of each connection and cuts the connection at the second.
  const server = createServer((socket) => {
    connections++
    let requests = 0
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (++requests > 1) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await sender.post(url, body, {}, sandbox, never)).toMatchObject({ status_code: 200 })
  expect(await sender.post(url, body, {}, sandbox, never)).toMatchObject({ status_code: 200 })
  expect(connections).toBe(2)
})

test('a long answer is cut off after its status', async () => {
  await using sender = new Sender({ timeoutMs: 5000 })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
      const more = () => {
        if (!socket.destroyed) socket.write(chunk, () => setImmediate(more))
      }
      more()
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const closed = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await sender.post(url, body, {}, sandbox, never)).toMatchObject({ status_code: 200 })
  await closed
})

test('an answer that does not end is shown as far as it came, after a moment', async () => {
  await using sender = new Sender({ timeoutMs: 10_000 })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nBusy\r\n'))
    setTimeout(() => socket.destroy(), 3000)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await sender.post(url, body, {}, sandbox, never)).toEqual({
    status_code: 503,
    error: 'status 503',
    body: 'Busy',
  })
})

test('a stopping server gives up what hangs, without counting it', async () => {
  await using receiver = await startReceiver()
  await using sender = new Sender()
  receiver.next('hang')
  const stop = new AbortController()
  const sent = sender.post(receiver.url, body, {}, sandbox, stop.signal)
  const outcome = expect(sent).rejects.toThrow()
  await receiver.waitFor(1)
  stop.abort()
  await outcome
})

test('a name that leads inside is refused when the webhook is made; one that cannot be resolved is not', async () => {
  expect(await refusalOf('https://hooks.example.com/', strict, toLoopback)).toMatch(/leads to 127.0.0.1/)
  expect(await refusalOf('https://hooks.example.com/', sandbox, toLoopback)).toBeNull()
  expect(await refusalOf('https://hooks.example.com/', strict, () => Promise.reject(new Error('ENOTFOUND')))).toBeNull()
  expect(await refusalOf('https://hooks.example.com/', strict, () => new Promise(() => undefined), 10)).toBeNull()
  expect(await refusalOf('https://10.0.0.1/', strict)).toMatch(/private/)
})

test('a name is looked up once for many connections, and again later', async () => {
  let lookups = 0
  const resolve = sharedLookups(async () => {
    lookups++
    return [{ address: `10.0.0.${lookups}`, family: 4 }]
  }, 5)
  const answers = await Promise.all([resolve('a.example.com'), resolve('a.example.com'), resolve('b.example.com')])
  expect(answers.map(([first]) => first?.address)).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2'])
  await new Promise((done) => setTimeout(done, 20))
  expect(await resolve('a.example.com')).toEqual([{ address: '10.0.0.3', family: 4 }])
})
