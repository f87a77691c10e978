/** Opening a door from afar with a cloud key (core.md 7.6; access-systems.md section 5). */
import { ChangeSet } from '../../domain/changes.ts'
import type { AcsCredentialRecord } from '../../domain/records.ts'
import { SystemError } from '../../systems/kit/errors.ts'
import { uncategorized, type AttemptEnd, type AttemptRun } from './attempt.ts'

export async function runUnlock(run: AttemptRun): Promise<void> {
  const { store } = run.tools.options
  const { workspace_id, input, action_attempt_id } = run.attempt
  const [credential, entrance] = await Promise.all([
    store.get(workspace_id, 'acs_credential', 'acs_credential_id', String(input['acs_credential_id'])),
    store.get(workspace_id, 'acs_entrance', 'acs_entrance_id', String(input['acs_entrance_id'])),
  ])
  const system =
    entrance === undefined
      ? undefined
      : await store.get(workspace_id, 'acs_system', 'acs_system_id', entrance.acs_system_id)
  if (credential === undefined || entrance === undefined || system === undefined) {
    await run.end(async () =>
      failed(
        run,
        'The credential or the door was removed. Grant access anew, and name a door that /acs/entrances/list shows.',
      ),
    )
    return
  }
  const holder =
    credential.acs_user_id === null
      ? undefined
      : await store.get(workspace_id, 'acs_user', 'acs_user_id', credential.acs_user_id)
  const refusal =
    holder?.is_suspended === true
      ? `The person is suspended at ${system.name}, so the door stays shut. Lift it with /acs/users/unsuspend.`
      : refusalOf(credential, run.now)
  const { cloudKeys } = await run.tools.connections.to(system)
  if (refusal !== null || cloudKeys === undefined || credential.external_id === null) {
    await run.end(async () => failed(run, refusal ?? 'The access system cannot open doors remotely.'))
    return
  }
  const credential_id = credential.external_id
  // Begun before, and not ended: a crash came between, or the answer was lost.
  const is_repeated = run.attempt.started_at !== null
  await run.begin()
  try {
    const opened = await run.tools.connections.inTurn(system, run.signal, ({ signal }) =>
      cloudKeys.unlock(
        { attempt_id: action_attempt_id, entrance_id: entrance.external_id, credential_id, is_repeated },
        signal,
      ),
    )
    const user =
      credential.acs_user_id === null
        ? undefined
        : await store.get(workspace_id, 'acs_user', 'acs_user_id', credential.acs_user_id)
    await run.end(async () => {
      const changes = new ChangeSet()
      changes.event('lock.unlocked', {
        method: 'remote',
        acs_entrance_id: entrance.acs_entrance_id,
        acs_system_id: system.acs_system_id,
        connected_account_id: system.connected_account_id,
        acs_user_id: user?.acs_user_id,
        user_identity_id: user?.user_identity_id ?? undefined,
        action_attempt_id,
      })
      changes.event('action_attempt.unlock_door.succeeded', {
        action_attempt_id,
        action_type: 'UNLOCK_DOOR',
        status: 'success',
      })
      return { status: 'success', changes, result: { was_confirmed_by_device: opened.was_confirmed_by_device } }
    })
  } catch (error) {
    if (!(error instanceof SystemError) || error.kind === 'in_doubt') throw error
    await run.end(async () => failed(run, error.message))
  }
}

function refusalOf(credential: AcsCredentialRecord, now: string): string | null {
  if (credential.is_deleting) return 'The cloud key is being deleted. Request another one.'
  if (!credential.is_issued) return 'The cloud key is not issued yet. Wait for access_method.issued and try again.'
  if (credential.starts_at !== null && now < credential.starts_at)
    return `Access has not started yet: it starts at ${credential.starts_at}. Wait until then, or move its start.`
  if (credential.ends_at !== null && now >= credential.ends_at)
    return `Access ended at ${credential.ends_at}. Move its end to have more.`
  return null
}

function failed(run: AttemptRun, message: string): AttemptEnd {
  const { action_attempt_id } = run.attempt
  const changes = new ChangeSet()
  changes.event('action_attempt.unlock_door.failed', { action_attempt_id, action_type: 'UNLOCK_DOOR', status: 'error' })
  return { ...(uncategorized(message) as Extract<AttemptEnd, { status: 'error' }>), changes }
}
