import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { silentLog } from '../log.ts'
import { FurtherHandles } from './accepting.ts'

const CALLERS = 60

/** How many turns of the event loop go by until so many callers, who came at once, are all let in and answered. */
async function turnsFor(count: number): Promise<{ turns: number; isClosed: boolean }> {
  let release = (): void => undefined
  const isReleased = new Promise<void>((resolve) => (release = resolve))
  let waiting = 0
  const server = createServer((request, response) => {
    if (request.url !== '/slow') return void response.end('here')
    waiting++
    void isReleased.then(() => response.end('late'))
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 512 }, resolve))
  const further = await FurtherHandles.of(server, { count, backlog: 512, log: silentLog })
  const { port } = server.address() as AddressInfo
  let accepted = 0
  server.on('connection', () => accepted++)
  const sockets = Array.from({ length: CALLERS }, () => connect(port, '127.0.0.1'))
  const answers = sockets.map(async (socket) => {
    socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n')
    const [data] = (await once(socket, 'data')) as [Buffer]
    return data.toString()
  })
  let turns = 0
  for (; accepted < CALLERS; turns++) {
    const until = performance.now() + 5
    while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const answer of await Promise.all(answers)) expect(answer).toContain('200 OK')
  expect(await new Promise((resolve) => server.getConnections((_error, open) => resolve(open)))).toBe(CALLERS)
  await further.close()
  // The end waits for those who have not been answered, however they came in.
  const open = sockets.map(async (socket) => {
    socket.write('GET /slow HTTP/1.1\r\nhost: here\r\n\r\n')
    const [data] = (await once(socket, 'data')) as [Buffer]
    return data.toString()
  })
  while (waiting < CALLERS) await new Promise((resolve) => setImmediate(resolve))
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    server.close(() => {
      hasEnded = true
      resolve()
    })
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(hasEnded).toBe(false)
  release()
  for (const answer of await Promise.all(open)) expect(answer).toContain('late')
  server.closeIdleConnections()
  await ended
  const refused = connect(port, '127.0.0.1')
  const [error] = (await once(refused, 'error')) as [{ code: string }]
  return { turns, isClosed: error.code === 'ECONNREFUSED' }
}

test('callers who come at once are let in many a turn, are answered, and nobody is let in after the end', async () => {
  const one = await turnsFor(1)
  const many = await turnsFor(16)
  expect(one.turns).toBeGreaterThanOrEqual(CALLERS - 1)
  expect(many.turns).toBeLessThanOrEqual(12)
  expect([one.isClosed, many.isClosed]).toEqual([true, true])
})
