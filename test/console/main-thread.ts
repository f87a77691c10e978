/** How long the page kept its main thread busy: longer, and a finger or a key is felt to wait. */
import { expect } from 'vitest'
import type { ConsoleTest } from './support.ts'

interface TraceEvent {
  name: string
  pid: number
  tid: number
  /** Microseconds of the thread's own processor time: waiting for the processor does not count. */
  tdur?: number
  args?: { name?: string }
}

export interface Tasks {
  longestMs: number
  over50Ms: number
}

/** What one task may take of the processor (milliseconds). */
export const LONGEST_MS = 200

/** The longest task of the page's main thread during `work`, and how many took more than 50 ms. */
export async function tasksDuring({ browser, page }: ConsoleTest, work: () => Promise<void>): Promise<Tasks> {
  await browser.browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] })
  let trace: Buffer
  try {
    await work()
  } finally {
    trace = await browser.browser.stopTracing()
  }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const isMain = ({ pid, tid }: TraceEvent): boolean => threads.some((one) => one.pid === pid && one.tid === tid)
  const tasks = traceEvents.filter((event) => event.name === 'RunTask' && isMain(event))
  expect(tasks.length).toBeGreaterThan(20)
  const times = tasks.map(({ tdur = 0 }) => tdur / 1000)
  return { longestMs: Math.round(Math.max(...times)), over50Ms: times.filter((ms) => ms > 50).length }
}

/** Scrolls the table to its last loaded row, and waits until that is drawn. */
export async function toTheEnd({ page }: ConsoleTest): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const grid = document.querySelector('[role=grid]')
    grid.scrollTop = grid.scrollHeight
    requestAnimationFrame(resolve)
  })`)
}
