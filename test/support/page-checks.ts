/** What every page is looked at for, whichever it is. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Notes what the page complains of: errors of its console, exceptions, violations of its policy. */
export function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    // What the server refused is shown by the page itself; Chromium logs it all the same. Its own failures count.
    if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) return
    complaints.push(`console: ${message.text()}`)
  })
}

interface AxeFinding {
  id: string
  impact: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** What axe finds that keeps people out. Evaluated by the browser's debugger, which the policy does not bind. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const violations = await page.evaluate<AxeFinding[]>('axe.run(document).then(({ violations }) => violations)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => {
      const where = nodes
        .slice(0, 5)
        .map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n    ${failureSummary}`)
      return `${id}: ${help}\n${where.join('\n')}`
    })
}
