// The server and the newest SDK on the Node.js lines after the one that the tests run on.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { KEY, makeInstallation } from '../support/process.ts'

const run = promisify(execFile)

/** From grant to opened door, with npm `seam` as a user has it. */
const SCRIPT = `
import { Seam } from 'seam'
const seam = new Seam({ apiKey: process.env.SEAM_API_KEY, endpoint: process.env.SEAM_ENDPOINT })
const systems = await seam.acs.systems.list()
const { acs_system_id } = systems.find((system) => system.external_type === 'salto_space_system')
const [entrance] = await seam.acs.entrances.list({ acs_system_id })
const [encoder] = await seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
const grant = await seam.accessGrants.create({
  user_identity: { full_name: 'Jane Doe' },
  acs_entrance_ids: [entrance.acs_entrance_id],
  requested_access_methods: [{ mode: 'card' }],
})
const { result } = await seam.accessMethods.encode({
  access_method_id: grant.access_method_ids[0],
  acs_encoder_id: encoder.acs_encoder_id,
})
const { data } = await seam.client.post('/sandbox/doors/present_card', {
  acs_entrance_id: entrance.acs_entrance_id,
  card_number: result.card_number,
})
console.log(JSON.stringify({ node: process.version, opened: data.door_attempt.opened }))
`

describe.each(['22', '24'])('Node %s', (line) => {
  const node = join(import.meta.dirname, `node_modules/node-${line}/bin/node`)

  // npm brings these binaries for Linux on x64, which is what CI runs on.
  test.runIf(existsSync(node))('serves, and runs the newest SDK from grant to opened door', async () => {
    await using installation = makeInstallation()
    const server = await installation.start({}, node)
    const { stdout } = await run(node, ['--input-type=module', '-e', SCRIPT], {
      cwd: import.meta.dirname,
      env: { ...process.env, SEAM_API_KEY: KEY, SEAM_ENDPOINT: server.url },
    })
    expect(JSON.parse(stdout.trim())).toEqual({ node: expect.stringMatching(new RegExp(`^v${line}\\.`)), opened: true })
    expect(await server.stop()).toBe(0)
  })
})
