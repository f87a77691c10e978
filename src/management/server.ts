/**
 * A port for those who run the server, not for those who use it: metrics, and whether this process lives and is ready.
 * Every kind of process has it, workers too.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readiness } from './readiness.ts'
import type { PrometheusMetrics } from './metrics.ts'

/** Listens on `host` and `port` (0 = any free one). Answers where, and how to stop. */
export async function serveManagement(
  { host, port }: { host: string; port: number },
  metrics: PrometheusMetrics,
  readiness: Readiness,
): Promise<{ port: number } & AsyncDisposable> {
  const answer = async (path: string): Promise<{ status: number; type: string; text: string }> => {
    if (path === '/metrics') return { status: 200, ...(await metrics.text()) }
    const health = await readiness.answerTo(path)
    return health === null
      ? { status: 404, type: 'text/plain', text: 'There is /metrics, /health, /health/live and /health/ready.\n' }
      : { status: health.status, type: 'application/json', text: JSON.stringify(health.body) }
  }
  const server = createServer((request, response) => {
    answer((request.url ?? '').split('?')[0] ?? '').then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      () => response.writeHead(503, { 'content-type': 'text/plain' }).end('The database cannot be reached.\n'),
    )
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
