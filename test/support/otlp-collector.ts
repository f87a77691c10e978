/** An OpenTelemetry collector on loopback that keeps what comes in and answers as it is told. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  traceId: string
  spanId: string
  /** Empty or absent: the trace begins here. */
  parentSpanId?: string
  name: string
  /** 2 = server, 3 = client, 5 = consumer (opentelemetry.proto.trace.v1). */
  kind: number
  attributes: Record<string, unknown>
  /** Of the process that it comes from. */
  resource: Record<string, unknown>
  /** 2 = error. */
  status: number
}

export interface Collector extends AsyncDisposable {
  url: string
  /** Everything that came in, as it came. */
  requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[]
  /** How requests are answered; `hang` never is. */
  answer: number | 'hang'
  /** What the JSON requests held. */
  spans(): CollectedSpan[]
}

type Value = { stringValue?: string; intValue?: number | string; boolValue?: boolean; arrayValue?: { values: Value[] } }
type Attributes = { key: string; value: Value }[]

interface Export {
  resourceSpans: {
    resource: { attributes: Attributes }
    scopeSpans: {
      spans: (Omit<CollectedSpan, 'attributes' | 'status'> & { attributes: Attributes; status: { code?: number } })[]
    }[]
  }[]
}

export async function startCollector(): Promise<Collector> {
  const requests: Collector['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      if (collector.answer === 'hang') return
      response.writeHead(collector.answer, { 'content-type': 'application/json' })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const collector: Collector = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    answer: 200,
    spans: () =>
      requests.flatMap(({ body }) =>
        (JSON.parse(body.toString('utf8')) as Export).resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map((span) => ({
              ...span,
              attributes: plain(span.attributes),
              resource: plain(resource.attributes),
              status: span.status.code ?? 0,
            })),
          ),
        ),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return collector
}

function plain(attributes: Attributes): Record<string, unknown> {
  const read = (value: Value): unknown =>
    value.arrayValue?.values.map(read) ?? value.stringValue ?? value.boolValue ?? Number(value.intValue)
  return Object.fromEntries(attributes.map(({ key, value }) => [key, read(value)]))
}
