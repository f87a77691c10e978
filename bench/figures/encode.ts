/** From the encode call to the finished attempt, at a virtual encoder without a set delay, one card at a time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, open, post } from '../load.ts'
import { start } from '../processes.ts'
import { at, caller, KEY, settings, anySystem, tell, type BenchPaths } from '../server.ts'

const CARDS = 200

interface AttemptAnswer {
  action_attempt: { action_attempt_id: string; status: string }
}

export async function measureEncode(paths: BenchPaths): Promise<void> {
  await using server = await start(paths.server, [], settings(paths, 'encode'))
  const call = caller(server)
  const acs_system_id = await anySystem(call)
  const { acs_entrances } = await call<{ acs_entrances: { acs_entrance_id: string }[] }>('/acs/entrances/list', {
    acs_system_id,
  })
  const { acs_encoders } = await call<{ acs_encoders: { acs_encoder_id: string }[] }>('/acs/encoders/list', {
    acs_system_id,
  })
  const acs_encoder_id = acs_encoders[0]?.acs_encoder_id
  const methods: string[] = []
  for (let n = 0; n < CARDS; n++) {
    const { access_grant } = await call<{ access_grant: { access_method_ids: string[] } }>('/access_grants/create', {
      user_identity: { full_name: `Card ${n}` },
      acs_entrance_ids: [acs_entrances[0]?.acs_entrance_id],
      requested_access_methods: [{ mode: 'card' }],
    })
    methods.push(...access_grant.access_method_ids)
  }
  await call('/sandbox/settle')
  const socket = await open(server.port)
  const times: number[] = []
  try {
    for (const access_method_id of methods) {
      const startedAt = performance.now()
      const { action_attempt } = await call<AttemptAnswer>('/access_methods/encode', {
        acs_encoder_id,
        access_method_id,
      })
      const { action_attempt_id } = action_attempt
      // Asked again after a moment: a client that waits half a second would measure its own waiting.
      let { status } = action_attempt
      for (; status === 'pending'; status = await statusOf(action_attempt_id)) await sleep(2)
      if (status !== 'success') throw new Error(`encoding ended with ${status}`)
      times.push(performance.now() - startedAt)
    }
  } finally {
    socket.destroy()
  }
  tell(
    `encode call to finished attempt, ${CARDS} in a row`,
    `p50 ${at(times, 0.5).toFixed(0)}, p99 ${at(times, 0.99).toFixed(0)} ms`,
    'p99 < 50 ms',
  )

  async function statusOf(action_attempt_id: string): Promise<string> {
    const request = post('/action_attempts/get', KEY, JSON.stringify({ action_attempt_id }))
    const answer = await exchange(socket, request)
    return (JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as AttemptAnswer).action_attempt.status
  }
}
