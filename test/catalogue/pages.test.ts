// docs/systems holds one page per system, written from what the system declares; this keeps them so.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { expect, test } from 'vitest'
import { drivers } from '../../src/systems/registry.ts'
import { folderOf, systemPage } from './system-page.ts'

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs', 'systems')
const isUpdating = process.env['UPDATE_DOCS'] !== undefined
const ANEW = 'is out of date. Write it anew with: UPDATE_DOCS=1 npm test -- test/catalogue/pages.test.ts'

async function expectPage(name: string, markdown: string): Promise<void> {
  const path = join(folder, name)
  const wanted = await prettier.format(markdown, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' })
  if (isUpdating) writeFileSync(path, wanted)
  expect(existsSync(path) ? readFileSync(path, 'utf8') : '', `docs/systems/${name} ${ANEW}`).toBe(wanted)
}

test.each([...drivers.values()].map((driver) => [folderOf(driver.definition), driver] as const))(
  'the page of %s is current',
  async (name, driver) => expectPage(`${name}.md`, await systemPage(driver)),
)

test('the overview lists every system, and no page is left over', async () => {
  const rows = [...drivers.values()].map((driver) => {
    const { definition } = driver
    const modes = definition.modes.map((mode) => `\`${mode}\``).join(', ')
    const card = definition.card === undefined ? '' : definition.card === 'encode' ? 'encoded' : 'assigned'
    return `| [${definition.display_name}](${folderOf(definition)}.md) | \`${definition.provider}\` | ${modes || '-'} | ${card} | ${driver.serveVirtual === undefined ? 'sandbox' : 'sandbox and production'} |`
  })
  const overview = [
    '# Access systems',
    '',
    '<!-- Written by the test run. Do not edit: UPDATE_DOCS=1 npm test -- test/catalogue/pages.test.ts -->',
    '',
    `Lockstitch knows ${drivers.size} access systems. Each page says what a system can do, what it asks for to be connected, and what its virtual building in the sandbox holds.`,
    '',
    '| System | Provider | Modes | Cards | Where |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    'Connecting one: `POST /connected_accounts/list_providers` says what each asks for, `POST /connected_accounts/connect {provider, login}` connects it. The login rests encrypted.',
    '',
    'A maker or an owner who wants another one: a folder under `src/systems` and a line in `src/systems/registry.ts` (docs/architecture.md).',
    '',
  ]
  await expectPage('README.md', overview.join('\n'))
  const known = new Set(['README.md', ...[...drivers.values()].map(({ definition }) => `${folderOf(definition)}.md`)])
  for (const name of readdirSync(folder).filter((one) => !known.has(one))) {
    if (isUpdating) rmSync(join(folder, name))
    else expect.fail(`docs/systems/${name} belongs to no system. ${ANEW}`)
  }
})
