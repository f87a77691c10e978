/** contract/coverage.md says what the code serves, today. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMAND, renderCoverage, served } from './coverage.ts'
import { notSupported, published, root } from './support.ts'

const file = join(root, 'contract/coverage.md')

test('contract/coverage.md is current', () => {
  const current = renderCoverage()
  if (process.env['UPDATE_COVERAGE'] !== undefined) writeFileSync(file, current)
  expect(readFileSync(file, 'utf8'), `contract/coverage.md is out of date. Write it anew with: ${COMMAND}`).toBe(
    current,
  )
})

test('it covers all documented operations', () => {
  const documented = [...published.values()].filter((operation) => operation.documented)
  expect(documented).toHaveLength(201)
  expect(notSupported.size).toBe(31)
  expect([...notSupported].filter((path) => !published.has(path) || served.has(path))).toEqual([])
})

test('no README or guide claims an operation that is not there', () => {
  const known = new Set([...published.keys(), ...served])
  const pages = ['README.md', 'docs/guide/sandbox.md', 'docs/architecture.md']
  const unknown = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const paths =
      text.match(
        /(?<![\w./-])\/(?:sandbox|acs|access_grants|access_methods|action_attempts|events|webhooks|spaces|user_identities|client_sessions|workspaces|phones|instant_keys|connected_accounts)\/[a-z_/]*[a-z]/g,
      ) ?? []
    return paths.filter((path) => !known.has(path)).map((path) => `${page}: ${path}`)
  })
  expect(unknown).toEqual([])
})
