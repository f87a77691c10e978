// What is committed works anywhere: it names no registry's host and no folder of the machine it was written on.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

// Written in pieces, so that this file does not find itself.
const HOSTS = [
  ['npmjs', 'org'],
  ['npmjs', 'com'],
  ['registry.yarnpkg', 'com'],
  ['registry.npmmirror', 'com'],
  ['deb.debian', 'org'],
  ['security.debian', 'org'],
  ['pypi', 'org'],
  ['files.pythonhosted', 'org'],
  ['crates', 'io'],
  ['proxy.golang', 'org'],
].map((parts) => parts.join('.'))
const MACHINE_FOLDER = new RegExp(`(?<![\\w.~-])${['', 'work', ''].join('/')}`)

function problemsIn(text: string): string[] {
  const found = HOSTS.filter((host) => text.includes(host))
  if (MACHINE_FOLDER.test(text)) found.push('a folder of the machine it was written on')
  return found
}

function committedFiles(): string[] | null {
  try {
    const list = execFileSync('git', ['ls-files', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return list.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  } catch {
    return null // unpacked from an archive, without git
  }
}

const files = committedFiles()

test.skipIf(files === null)('no committed file names a registry host or a folder of one machine', () => {
  expect(files?.length).toBeGreaterThan(0)
  const problems = (files ?? []).flatMap((path) =>
    problemsIn(readFileSync(join(root, path), 'utf8')).map((problem) => `${path}: ${problem}`),
  )
  expect(problems).toEqual([])
})

test('the lockfiles leave the registry to whoever installs', () => {
  for (const path of ['package-lock.json', 'test/clients/package-lock.json']) {
    const lock = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      packages: Record<string, { resolved?: string }>
    }
    const hosts = Object.values(lock.packages).filter(({ resolved }) => resolved?.includes('://'))
    expect(hosts, path).toEqual([])
  }
})

test('the check finds a host and a path', () => {
  expect(problemsIn(`see https://registry.${HOSTS[0]}/pg`)).toHaveLength(1)
  expect(problemsIn(`cd ${['', 'work', 'main'].join('/')}`)).toHaveLength(1)
  expect(problemsIn('graphile/worker, our /workspaces/get and src/work/x')).toEqual([])
})
