/**
 * An open load: requests come when they come, however the server does. Their times are fixed in advance, and latency
 * counts from there, so that a request that had to wait for its turn at the sender counts its waiting.
 */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, open } from '../../bench/load.ts'
import type { Random } from '../../storm/random.ts'

export interface Answer {
  n: number
  /** Milliseconds since the beginning. */
  dueAt: number
  ms: number
  /** 0: the connection ended, or there was no answer in time. */
  status: number
  retryAfter: string | null
  body: string
}

export interface Arrivals {
  port: number
  perSecond: number
  seconds: number
  random: Random
  /** The n-th request, head and body. */
  request: (n: number) => Buffer
}

/** Connections at once; what finds none free is told as unanswered. */
const MOST_CONNECTIONS = 4000
const PATIENCE_MS = 60_000

/** Sends all of them, each at its time, and waits for the answers. */
export async function arrive(options: Arrivals): Promise<Answer[]> {
  const { port, perSecond, seconds, random } = options
  const times: number[] = []
  for (let at = 0; at < seconds * 1000; at += (-Math.log(1 - random.next()) / perSecond) * 1000) times.push(at)
  const idle: Socket[] = []
  let connections = 0
  const answers: Promise<Answer>[] = []
  const startedAt = performance.now()

  const send = async (n: number, dueAt: number): Promise<Answer> => {
    const outcome = (status: number, text = ''): Answer => ({
      n,
      dueAt,
      ms: performance.now() - startedAt - dueAt,
      status,
      retryAfter: /\r\nretry-after: (\S+)/i.exec(text)?.[1] ?? null,
      body: text.slice(text.indexOf('\r\n\r\n') + 4),
    })
    let socket = idle.pop()
    try {
      if (socket === undefined) {
        if (connections >= MOST_CONNECTIONS) return outcome(0)
        connections++
        socket = await open(port)
        socket.on('error', () => undefined)
      }
      const text = await withPatience(exchange(socket, options.request(n)))
      idle.push(socket)
      return outcome(Number(text.slice(9, 12)), text)
    } catch {
      connections--
      socket?.destroy()
      return outcome(0)
    }
  }
  for (let n = 0; n < times.length;) {
    const now = performance.now() - startedAt
    for (let at = times[n]; at !== undefined && at <= now; at = times[n]) answers.push(send(n++, at))
    await sleep(1)
  }
  const all = await Promise.all(answers)
  for (const socket of idle) socket.destroy()
  return all
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
