/** What is counted and timed. The code below `server.ts` only tells; `src/management` keeps and shows it. */
export interface Metrics {
  /** A request was answered; `operation` is its path, `other` for paths that are none. */
  request(operation: string, status: number, seconds: number): void
  /** A job ran: `done`, `again` (it waits for something), `failed`, or `lost` to another worker. */
  job(kind: string, outcome: 'done' | 'again' | 'failed' | 'lost', seconds: number): void
  /** An access system was asked something: `ok`, or the kind of error. */
  driverCall(provider: string, call: string, outcome: string, seconds: number): void
  /** A webhook delivery was tried: `delivered`, `retry`, or `given_up`. */
  delivery(outcome: 'delivered' | 'retry' | 'given_up', seconds: number): void
  /** Somebody stood before a virtual door. */
  door(opened: boolean, reason: string): void
}

/** Counts nothing. */
export const noMetrics: Metrics = { request() {}, job() {}, driverCall() {}, delivery() {}, door() {} }
