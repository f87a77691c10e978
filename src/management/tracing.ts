/**
 * Sends steps to an OpenTelemetry collector, in batches and beside the work: what cannot be sent is dropped, and nobody
 * waits for it. Its libraries are loaded by {@link openTracing} alone, so that a server without a collector neither
 * starts slower nor needs more memory.
 *
 * The endpoint and protocol come from config.ts; headers, timeouts, the sampler, batch sizes and the resource are read
 * from the standard OTEL_* variables by the libraries.
 */
import type * as OpenTelemetry from '@opentelemetry/api'
import type { Context, Span, SpanKind, Tracer } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Clock } from '../clock.ts'
import type { Role, TracingConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { Facts, Step, StepKind, Tracing } from '../trace.ts'

/** A stop waits so long for the last spans to leave (milliseconds); it has 10 s in all. */
const LEAVE_MS = 1000
/** A collector that cannot be reached is told of so often at most (milliseconds). */
const COMPLAIN_EVERY_MS = 60_000

type Api = typeof OpenTelemetry

/** Tracing that must be closed: the last spans leave then. */
export type OpenTracing = Tracing & AsyncDisposable

/** Loads the libraries. Nothing is sent before the first step has ended, so an endpoint that is away holds up no start. */
export async function openTracing(
  config: TracingConfig,
  roles: Iterable<Role>,
  log: Log,
  clock: Clock,
): Promise<OpenTracing> {
  const api = await import('@opentelemetry/api')
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base')
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources')
  const { OTLPTraceExporter } =
    config.protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  const exporter = complaining(new OTLPTraceExporter({ url: config.url }), log, clock)
  const provider = new BasicTracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last and win.
    resource: resourceFromAttributes({ 'service.name': 'lockstitch', 'lockstitch.roles': [...roles] }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('lockstitch')
  return {
    begin(name, kind, traceparent, facts) {
      return new RecordedStep(api, tracer, parentOf(api, traceparent), name, kind, facts())
    },
    async [Symbol.asyncDispose]() {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LEAVE_MS)
      })
      // The exporter has told the log of what went wrong.
      await Promise.race([provider.shutdown().catch(() => undefined), limit])
      clearTimeout(timer)
    },
  }
}

class RecordedStep implements Step {
  readonly #api: Api
  readonly #tracer: Tracer
  readonly #span: Span

  constructor(api: Api, tracer: Tracer, parent: Context, name: string, kind: StepKind, facts: Facts) {
    this.#api = api
    this.#tracer = tracer
    this.#span = tracer.startSpan(name, { kind: kindIn(api, kind), attributes: attributes(facts) }, parent)
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext()
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  }

  note(facts: Facts): void {
    this.#span.setAttributes(attributes(facts))
  }

  fail(error: string): void {
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    this.#span.setAttribute('error.type', error)
  }

  end(): void {
    this.#span.end()
  }

  begin(name: string, kind: StepKind, facts: Facts): Step {
    const parent = this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, this.#span)
    return new RecordedStep(this.#api, this.#tracer, parent, name, kind, facts)
  }
}

function kindIn({ SpanKind }: Api, kind: StepKind): SpanKind {
  return { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }[kind]
}

function attributes(facts: Facts): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
  )
}

/** A `traceparent` of https://www.w3.org/TR/trace-context/; versions after 00 may go on after the flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/

function parentOf(api: Api, traceparent: string | null): Context {
  const match = traceparent === null || traceparent.length > 256 ? null : TRACEPARENT.exec(traceparent)
  const [, traceId, spanId, flags] = match ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return api.ROOT_CONTEXT
  // Of the flags only "sampled" is ours to pass on.
  const traceFlags = Number.parseInt(flags, 16) & api.TraceFlags.SAMPLED
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

/** The exporter, telling the log now and then that spans could not be sent. Not what the collector answered: it may repeat what it got. */
function complaining(exporter: SpanExporter, log: Log, clock: Clock): SpanExporter {
  let saidAt = -Infinity
  let dropped = 0
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) {
          dropped += spans.length
          const { code, name } = result.error as Error & { code?: unknown }
          if (clock.now() - saidAt >= COMPLAIN_EVERY_MS) {
            log.warn(
              { spans: dropped, reason: typeof code === 'string' || typeof code === 'number' ? code : name },
              'spans could not be sent to the OpenTelemetry collector and were dropped; check OTEL_EXPORTER_OTLP_ENDPOINT',
            )
            saidAt = clock.now()
            dropped = 0
          }
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined ? {} : { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  }
}
