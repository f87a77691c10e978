/**
 * More than one connection a turn of the event loop. Since version 1.46 libuv accepts one and looks for the next in the next
 * turn (libuv pull request 3696; nodejs/performance issue 95): when turns last 40 ms, 25 callers a second are let in, and
 * the others wait in the kernel, where nobody can tell them to come back later. Each further handle of the listening
 * socket accepts one more a turn. Node has no way to copy a handle but to send it to another process and back.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Log } from '../log.ts'

/** Sends what it is given back, as often as it is told to. A raw handle does not listen: no connection gets lost here. */
const ECHO = `process.on('message', (times, handle) => {
  for (let n = 0; n < times; n++) process.send('', handle)
  process.disconnect()
})`

/** It is done in a moment; a machine that has none for it goes on with what came back so far (milliseconds). */
const ECHO_MS = 10_000

export interface AcceptOptions {
  /** Connections a turn. */
  count: number
  /** Connections that wait to be accepted, at most: said anew with each handle, and the last word counts. */
  backlog: number
  log: Log
}

/** Further handles of the socket that a server listens on. */
export class FurtherHandles {
  readonly #servers: Server[] = []

  /** Lets `server` accept `count` connections a turn; as many as before where handles cannot be copied. */
  static async of(server: Server, { count, backlog, log }: AcceptOptions): Promise<FurtherHandles> {
    const further = new FurtherHandles()
    if (count <= 1 || process.platform === 'win32') return further
    const { _handle: handle } = server as unknown as { _handle: Server }
    const failed = (error: Error | null): void => {
      if (error !== null) log.warn({ err: String(error) }, 'one connection is accepted at a time')
    }
    try {
      const child = spawn(process.execPath, ['-e', ECHO], {
        ...{ stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {} },
        timeout: ECHO_MS,
      })
      child.on('message', (_message, copy) => further.#listen(server, copy, backlog, failed))
      child.send(count - 1, handle, failed)
      await once(child, 'disconnect')
    } catch (error) {
      failed(error as Error)
    }
    return further
  }

  #listen(server: Server, handle: unknown, backlog: number, failed: (error: Error) => void): void {
    const one = createServer((socket) => {
      own(server, one, socket)
      server.emit('connection', socket)
    })
    one.on('error', failed)
    one.listen(handle, backlog)
    this.#servers.push(one)
  }

  /** Accepts nothing more. What was accepted is the server's: its end waits for it. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((one) => new Promise((resolve) => one.close(resolve))))
  }
}

/** What net keeps on a server and its sockets: how many are open, and whose they are. */
interface Counting {
  _connections: number
}

/** The connection counts as the server's own, as if it had accepted it: its `close` waits for it. */
function own(server: Server, accepted: Server, socket: Socket): void {
  const [to, from] = [server, accepted] as unknown as [Counting, Counting]
  from._connections--
  to._connections++
  Object.assign(socket, { server, _server: server })
}
