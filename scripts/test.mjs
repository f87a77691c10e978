// npm test: format, lint, types, build, then every test; closes with one line, "N passed, N failed".
// With arguments (npm test -- test/seeds) they go to vitest, and format, lint and types are left out.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { audit } from './audit.mjs'
import { ensureBuilt, ensureInstalled, root, SetupError } from './setup.mjs'
import { ensureTools } from './tools.mjs'

const bin = (name) => join(root, 'node_modules', name)
const report = join(root, 'test-artifacts/vitest.json')

const CHECKS = [
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ['types', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['types of the console', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/console/tsconfig.json']],
  ['types of the Instant Key page', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/instant-key']],
  ['types of the documentation pages', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/docs-pages']],
]

function runNode(args, stdio) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio })
    let output = ''
    child.stdout?.on('data', (data) => (output += data))
    child.stderr?.on('data', (data) => (output += data))
    const passOn = (signal) => child.kill(signal)
    process.on('SIGTERM', passOn)
    process.on('SIGINT', passOn)
    child.on('close', (code) => {
      process.off('SIGTERM', passOn)
      process.off('SIGINT', passOn)
      resolve({ ok: code === 0, output })
    })
  })
}

async function check([name, args]) {
  const startedAt = Date.now()
  const { ok, output } = await runNode(args, ['ignore', 'pipe', 'pipe'])
  const took = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
  process.stdout.write(ok ? `${name}: ok (${took})\n` : `${output.trimEnd()}\n${name}: FAILED (${took})\n`)
  return ok
}

async function vulnerabilities() {
  const { ok, said } = await audit()
  process.stdout.write(`vulnerabilities: ${ok ? said : `FAILED, ${said}`}\n`)
  return ok
}

/** What vitest's JSON report says. A file that does not even load, and an error outside any test, count as failures. */
export function countTests(json, exitedWell) {
  const files = json?.testResults ?? []
  const brokenFiles = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  )
  const tests = files.flatMap((file) => file.assertionResults)
  const count = (...statuses) => tests.filter((test) => statuses.includes(test.status)).length
  const passed = count('passed')
  const failed = count('failed') + brokenFiles.length
  return {
    passed,
    failed: failed === 0 && !exitedWell ? 1 : failed,
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
  }
}

async function vitest(args) {
  mkdirSync(join(root, 'test-artifacts'), { recursive: true })
  rmSync(report, { force: true })
  const { ok } = await runNode(
    [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    'inherit',
  )
  return countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null, ok)
}

export async function test(args) {
  let failedSteps = 0
  const step = async (name, work) => {
    try {
      await work()
    } catch (error) {
      failedSteps += 1
      process.stdout.write(`${error instanceof SetupError ? error.message : error.stack}\n${name}: FAILED\n`)
    }
  }
  // First what the checks read: contract/generated, and the SDKs' types.
  await step('tools', ensureTools)
  await step('build', ensureBuilt)
  await step('SDKs', () => ensureInstalled(join(root, 'test/clients'), 'Installing the official SDKs for the tests'))
  if (args.length === 0) {
    const results = await Promise.all([...CHECKS.map(check), vulnerabilities()])
    failedSteps += results.filter((ok) => !ok).length
  }
  const { passed, failed, skipped } = await vitest(args)
  if (passed === 0) process.stdout.write('No test has passed: at least one must run.\n')
  process.stdout.write(
    `\n${passed} passed, ${failed + failedSteps} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  )
  return passed > 0 && failed + failedSteps === 0 ? 0 : 1
}
