// Known vulnerabilities of the packages that run in production, as the registry tells them. A registry that does not say
// (offline, or a mirror without advisories) is told as such, and fails nothing.
import { spawn } from 'node:child_process'
import { root } from './setup.mjs'

/** @returns {Promise<{ ok: boolean, said: string }>} */
export async function audit() {
  const output = await new Promise((resolve) => {
    const child = spawn('npm', ['audit', '--omit=dev', '--json'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (data) => (text += data))
    child.on('error', () => resolve(''))
    child.on('close', () => resolve(text))
    setTimeout(() => child.kill(), 30_000).unref()
  })
  return judge(output)
}

/** What the answer of `npm audit --json` means. */
export function judge(output) {
  let found
  try {
    found = JSON.parse(output).metadata?.vulnerabilities
  } catch {
    found = undefined
  }
  if (found === undefined) return { ok: true, said: 'not answered by the registry' }
  const grave = (found.high ?? 0) + (found.critical ?? 0)
  if (grave > 0) return { ok: false, said: `${grave} high or critical: see npm audit --omit=dev` }
  return { ok: true, said: found.total > 0 ? `ok (${found.total} of lesser weight)` : 'ok' }
}
