/** contract/coverage.md, written from the code: which operations of the contract this server answers. */
import { operations } from '../../src/api/operations.ts'
import { notSupported, published } from './support.ts'

export type Status = 'served' | 'not yet' | 'out of scope'

/** Paths that this server answers. */
export const served: ReadonlySet<string> = new Set(operations.map(({ path }) => path))

export function statusOf(path: string): Status {
  if (served.has(path)) return 'served'
  return notSupported.has(path) ? 'out of scope' : 'not yet'
}

/** How to write the page anew; the page itself and the test that watches over it say so. */
export const COMMAND = 'UPDATE_COVERAGE=1 npm test -- test/contract/coverage.test.ts'

function counts(paths: readonly string[]): [Status, number][] {
  const all: Status[] = ['served', 'not yet', 'out of scope']
  return all.map((status) => [status, paths.filter((path) => statusOf(path) === status).length])
}

function resourceOf(path: string): string {
  return path.split('/').slice(1, -1).join('/')
}

function table(paths: readonly string[]): string[] {
  return [
    '| Operation | Verbs | Status |',
    '|---|---|---|',
    ...paths.map(
      (path) => `| \`${path}\` | ${published.get(path)?.methods.join(', ') ?? 'POST'} | ${statusOf(path)} |`,
    ),
  ]
}

export function renderCoverage(): string {
  const sorted = [...published.keys()].sort()
  const documented = sorted.filter((path) => published.get(path)?.documented)
  const undocumented = sorted.filter((path) => !published.get(path)?.documented)
  const own = [...served].filter((path) => !published.has(path)).sort()
  const totals = counts(documented)
  const resources = new Map<string, string[]>()
  for (const path of documented) resources.set(resourceOf(path), [...(resources.get(resourceOf(path)) ?? []), path])
  return [
    '# What is served',
    '',
    'Written from the code (`src/api/operations.ts`) and the published contract, and checked by the test run. Do not edit; write it anew with',
    `\`${COMMAND}\`.`,
    '',
    '**served**: answered as the contract says. **not yet**: 501 `not_implemented`, naming the operation. **out of scope**: 501 `not_supported`',
    '(thermostats and noise sensors; Lockstitch gives access to doors).',
    '',
    '| Documented operations | Number |',
    '|---|---|',
    ...totals.map(([status, number]) => `| ${status} | ${number} |`),
    `| **all** | **${documented.length}** |`,
    '',
    '| Resource | Served | Not yet | Out of scope |',
    '|---|---|---|---|',
    ...[...resources].map(
      ([resource, paths]) =>
        `| ${resource} | ${counts(paths)
          .map(([, number]) => (number === 0 ? '' : String(number)))
          .join(' | ')} |`,
    ),
    '',
    '## Documented operations',
    '',
    ...table(documented),
    '',
    '## Operations that are published but no longer documented',
    '',
    'Older SDKs still call them.',
    '',
    ...table(undocumented),
    '',
    '## Operations of our own',
    '',
    'Outside the published contract: the virtual buildings of a sandbox (`docs/guide/sandbox.md`) and what the documents or our own pages call.',
    '',
    ...own.map((path) => `- \`${path}\``),
    '',
  ].join('\n')
}
