/**
 * Which request the work at hand goes back to, and which step of it this is: from the HTTP answer over commands and jobs
 * to what access systems are asked and webhooks are sent. Steps are recorded only where a collector is configured
 * (src/management/tracing.ts); without one nothing is made of them.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What is told of a step: which kind of thing was asked and how it ended. Never a PIN, a token, a card number or a name. */
export type Facts = Record<string, string | number | boolean | readonly string[]>

/** `server`: somebody asked us; `client`: we ask somebody; `consumer`: work that was put down earlier. */
export type StepKind = 'server' | 'client' | 'consumer'

/** One timed step of a trace. */
export interface Step {
  /** The step as the W3C header `traceparent` names it, for whoever goes on with it elsewhere or later. */
  readonly traceparent: string
  note(facts: Facts): void
  /** It went wrong: `error` is the kind of error, never its message. */
  fail(error: string): void
  end(): void
  /** Begins a step of this one. */
  begin(name: string, kind: StepKind, facts: Facts): Step
}

/** Where traces begin: at a request, and at a job. */
export interface Tracing {
  /** Begins a step, within the trace that `traceparent` names if it names one. Null = nothing is recorded. */
  begin(name: string, kind: StepKind, traceparent: string | null, facts: () => Facts): Step | null
}

export const noTracing: Tracing = { begin: () => null }

/** What the work at hand goes back to. */
export interface Origin {
  requestId: string | null
  step: Step | null
}

const NOWHERE: Origin = { requestId: null, step: null }
const current = new AsyncLocalStorage<Origin>()

/** Runs `work` for a request or job; everything that the work awaits finds what it goes back to. */
export function from<T>(origin: Origin, work: () => T): T {
  return current.run(origin, work)
}

/** The request that caused what runs now; null when nobody asked for it (clocks, polls). */
export function currentRequestId(): string | null {
  return (current.getStore() ?? NOWHERE).requestId
}

/** The step that runs now, as the header `traceparent` names it; null when nothing is recorded. */
export function currentTraceparent(): string | null {
  return (current.getStore() ?? NOWHERE).step?.traceparent ?? null
}

/** Begins a step of what runs now, where that is recorded; whoever begins it ends it. */
export function beginStep(name: string, kind: StepKind, facts: () => Facts): Step | null {
  return (current.getStore() ?? NOWHERE).step?.begin(name, kind, facts()) ?? null
}

/** Runs `work` as a step of what runs now, where that is recorded. An error ends the step by its kind, and goes on. */
export async function asStep<T>(
  name: string,
  kind: StepKind,
  facts: () => Facts,
  work: (step: Step | null) => Promise<T>,
): Promise<T> {
  const step = beginStep(name, kind, facts)
  if (step === null) return work(null)
  try {
    return await current.run({ requestId: currentRequestId(), step }, () => work(step))
  } catch (error) {
    step.fail(kindOfError(error))
    throw error
  } finally {
    step.end()
  }
}

/** What may be told of an error: our own kinds and codes, else the name of its class. Messages may name people and hosts. */
export function kindOfError(error: unknown): string {
  const known = error as { type?: unknown; kind?: unknown; code?: unknown } | null | undefined
  for (const word of [known?.type, known?.kind, known?.code]) {
    if (typeof word === 'string' && /^\w{1,64}$/.test(word)) return word
  }
  return error instanceof Error ? error.constructor.name : 'Error'
}
