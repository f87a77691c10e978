/** From `access_grants/create` to the signed `access_method.issued` at the receiver: an idle server, one grant at a time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { start } from '../processes.ts'
import { at, caller, settings, tell, type BenchPaths } from '../server.ts'

export async function measureIssued(paths: BenchPaths): Promise<void> {
  await using server = await start(paths.server, [], settings(paths, 'issued'))
  const call = caller(server)
  const arrived = new Set<string>()
  const waiting = new Map<string, () => void>()
  const receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      response.end()
      const event = JSON.parse(text) as { access_grant_ids?: string[] }
      for (const id of event.access_grant_ids ?? []) {
        arrived.add(id)
        waiting.get(id)?.()
      }
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  await call('/webhooks/create', { url: `http://127.0.0.1:${port}/hook`, event_types: ['access_method.issued'] })
  const { acs_entrances } = await call('/acs/entrances/list')
  const door = (acs_entrances as { can_unlock_with_mobile_key?: boolean; acs_entrance_id: string }[]).find(
    (one) => one.can_unlock_with_mobile_key,
  )
  const times: number[] = []
  for (let n = 0; n < 200; n++) {
    const startedAt = performance.now()
    const { access_grant } = await call('/access_grants/create', {
      user_identity: { full_name: `Latency ${n}` },
      acs_entrance_ids: [door?.acs_entrance_id],
      requested_access_methods: [{ mode: 'mobile_key' }],
    })
    const id = (access_grant as { access_grant_id: string }).access_grant_id
    await new Promise<void>((resolve, reject) => {
      waiting.set(id, resolve)
      if (arrived.has(id)) resolve()
      setTimeout(() => reject(new Error(`nothing came of grant ${n} within 10 s`)), 10_000).unref()
    })
    waiting.delete(id)
    times.push(performance.now() - startedAt)
  }
  receiver.close()
  receiver.closeAllConnections()
  tell(
    'grant create to issued at the receiver, 200 in a row',
    `p50 ${at(times, 0.5).toFixed(0)}, p99 ${at(times, 0.99).toFixed(0)} ms`,
    'p99 < 100 ms',
  )
}
